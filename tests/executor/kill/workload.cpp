#include "tests/executor/kill/workload.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace runcast::testing {
namespace {

std::string quoted(std::string text) {
  std::replace(text.begin(), text.end(), '\'', '"');
  return text;
}

}  // namespace

std::string child_definition() {
  return quoted("{'name':'child','steps':[{'id':'c1','run':'sleep 0.05'},{'id':'c2','needs':['c1'],'delay':'30ms'}]}");
}

std::vector<std::string> definitions(std::string const& directory, std::string const& url) {
  auto const note = fmt::format("echo $RUN_ID $STEP_ID $ATTEMPT >> {}/ran; ", directory);
  auto const kinds = fmt::format(
      "{{'name':'kinds','steps':["
      "{{'id':'a','run':'{0}seq 1 200; sleep 0.05; echo list=[1,2,3] >> $RUN_OUTPUT'}},"
      "{{'id':'m','needs':['a'],'matrix':{{'x':'${{{{ steps.a.outputs.list }}}}'}},'run':'{0}sleep 0.0$MATRIX_X'}},"
      "{{'id':'hook','needs':['a'],'http':{{'url':'{1}'}}}},"
      "{{'id':'wait','needs':['a'],'delay':'100ms'}},"
      "{{'id':'gate','needs':['wait'],'approval':{{'message':'?'}}}},"
      "{{'id':'kid','needs':['hook'],'workflow':{{'name':'child'}}}},"
      "{{'id':'end','needs':['m','gate','kid'],'run':'{0}'}}]}}",
      note, url);
  std::string layers = "{'name':'layers','schedule':'layers','maxParallel':3,'steps':[";
  for (int i = 0; i < 24; ++i) {
    layers += fmt::format("{}{{'id':'s{}',{}'run':'{}sleep 0.01'}}", i == 0 ? "" : ",", i,
                          i < 6 ? "" : fmt::format("'needs':['s{}'],", i - 6), note);
  }
  layers += "]}";
  auto const fates = fmt::format(
      "{{'name':'fates','steps':["
      "{{'id':'flaky','run':'{0}test -e {1}/flaky || {{ touch {1}/flaky; exit 1; }}',"
      "'retry':{{'maxAttempts':3,'delay':'20ms'}}}},"
      "{{'id':'bad','run':'{0}exit 3','continueOnError':true}},"
      "{{'id':'worse','needs':['bad'],'run':'{0}sleep 0.02; exit 4'}},"
      "{{'id':'skipped','needs':['worse'],'run':'{0}'}},"
      "{{'id':'alarm','needs':['skipped'],'if':'failure','run':'{0}'}},"
      "{{'id':'sweep','needs':['alarm','flaky'],'if':'always','run':'{0}sleep 0.03'}}]}}",
      note, directory);
  return {quoted(kinds), quoted(layers), quoted(fates)};
}

}  // namespace runcast::testing
