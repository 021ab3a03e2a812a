// Of a workflow's schedules the one that starts a run first; undefined where none ever does.
export function nextStart(schedules = []) {
  return schedules.filter(({ nextAt }) => nextAt).sort((a, b) => a.nextAt - b.nextAt)[0];
}
