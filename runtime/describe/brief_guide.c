/* Parts of AGENTS.md, by their headings. */
#include "describe/brief.h"

extern const char agents_guide[];
extern const size_t agents_guide_length;

struct text brief_agents(void)
{
  return (struct text){agents_guide, agents_guide_length};
}

struct text brief_guide(const char *title)
{
  struct text rest = brief_agents(), line;
  const char *start = NULL;
  while (text_split(&rest, '\n', &line)) {
    bool heading = text_starts_with(line, "## ");
    if (heading && start) return text_trim((struct text){start, (size_t)(line.data - start)});
    if (heading && text_is((struct text){line.data + 3, line.length - 3}, title))
      start = line.data + line.length;
  }
  if (!start) return (struct text){"", 0};
  return text_trim((struct text){start, (size_t)(agents_guide + agents_guide_length - start)});
}
