"""WebSocket frames as a client makes them, the wrong ones too."""

import struct


def frame(opcode, payload=b"", fin=True, rsv=0, masked=True, claim=None, mask=bytes(4)):
    """A client's frame; `claim` is the length that it says it has."""
    length = len(payload) if claim is None else claim
    head = bytes([(0x80 if fin else 0) | rsv << 4 | opcode])
    flag = 0x80 if masked else 0
    if length < 126:
        head += bytes([flag | length])
    elif length < 65536:
        head += bytes([flag | 126]) + struct.pack(">H", length)
    else:
        head += bytes([flag | 127]) + struct.pack(">Q", length)
    if not masked:
        return head + payload
    repeated = (mask * (len(payload) // 4 + 1))[:len(payload)]
    return head + mask + (int.from_bytes(payload, "big") ^ int.from_bytes(repeated, "big")).to_bytes(len(payload), "big")
