// Names that try to be markup, to end a script, to be a pattern, or to be a field that every object has.
export const HOSTILE = [
  "<img src=x onerror=\"document.title='hacked'\">",
  "</script><script>document.title='hacked'</script>",
  "{b}{c}%s{a|bold}",
  "constructor",
];
