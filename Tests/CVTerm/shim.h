// VTermValue is a union, which Swift reads only through unsafe views: its truth value by a function.
#include <vterm.h>
static inline int vterm_value_truth(const VTermValue *value) { return value->boolean; }
// Colours are a union too: the palette's index, or -1 for the default, or 0x1000000 | rgb.
static inline int vterm_color_number(const VTermColor *color, int is_background) {
  if (is_background ? VTERM_COLOR_IS_DEFAULT_BG(color) : VTERM_COLOR_IS_DEFAULT_FG(color)) return -1;
  if (VTERM_COLOR_IS_INDEXED(color)) return color->indexed.idx;
  return 0x1000000 | color->rgb.red << 16 | color->rgb.green << 8 | color->rgb.blue;
}
