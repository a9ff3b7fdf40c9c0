#include "pages/pages.h"

#include <gtest/gtest.h>
#include <string>

namespace puente {
namespace {

TEST(Pages, AreWholeFiles) {
  for (const std::string_view page : {report_page(), serve_page()}) {
    EXPECT_EQ(page.substr(0, 15), "<!doctype html>");
    EXPECT_NE(page.rfind("</html>"), std::string_view::npos);
    EXPECT_EQ(page.find('\0'), std::string_view::npos);
  }
}

TEST(Pages, ReportHoldsADocumentThatCannotEndItsScript) {
  if (!pages_are_built()) {
    GTEST_SKIP() << "built without the pages";
  }
  const std::string document = R"({"title":"</script><img src=x> & \"q\""})";
  const std::string page = report_page_with(document);
  EXPECT_NE(
      page.find(
          R"(type="application/json">{"title":"\u003c/script>\u003cimg src=x> & \"q\""}</script>)"),
      std::string::npos);
  EXPECT_EQ(page.size(), report_page().size() - 4 + document.size() + 2 * 5);
  EXPECT_NE(report_page_with("null").find(">null</script>"), std::string::npos);
  EXPECT_EQ(report_page_with("null"), report_page());
}

TEST(Pages, PolicyAllowsNothingFromOutside) {
  for (const std::string_view page : {report_page(), serve_page()}) {
    const std::string policy = page_policy(page);
    EXPECT_EQ(policy.find("default-src 'none'"), 0U) << policy;
    EXPECT_NE(policy.find("frame-ancestors 'none'"), std::string::npos) << policy;
    EXPECT_EQ(policy.find('\n'), std::string::npos) << policy;
    EXPECT_EQ(policy.find("http"), std::string::npos) << policy;
    EXPECT_EQ(policy.find("unsafe-eval"), std::string::npos) << policy;
  }
  if (pages_are_built()) {
    const std::string policy = page_policy(serve_page());
    EXPECT_NE(policy.find("script-src 'sha256-"), std::string::npos) << policy;
    EXPECT_NE(policy.find("style-src 'sha256-"), std::string::npos) << policy;
    EXPECT_EQ(policy.find("unsafe"), std::string::npos) << policy;
  }
}

}  // namespace
}  // namespace puente
