// Colours for charts. Those of Okabe and Ito tell apart for colour-blind readers; shapes and dashes tell the same again.

export interface Theme {
  dark: boolean;
  page: string;
  ink: string;
  faint: string;
  line: string;
  image: string;
  text: string;
  series: string[];
  rest: string;
}

const LIGHT: Theme = {
  dark: false,
  page: "#ffffff",
  ink: "#1c2126",
  faint: "#5b646d",
  line: "#d9dee3",
  image: "#d98c00",
  text: "#0072b2",
  series: ["#0072b2", "#e69f00", "#009e73", "#cc79a7", "#d55e00", "#56b4e9", "#8c7a00", "#444444"],
  rest: "#9aa2aa",
};

const DARK: Theme = {
  dark: true,
  page: "#14181c",
  ink: "#e6e9ec",
  faint: "#a2abb4",
  line: "#363d44",
  image: "#e69f00",
  text: "#56b4e9",
  series: ["#56b4e9", "#e69f00", "#2bb893", "#dd8fbb", "#f0762b", "#8fa8ff", "#f0e442", "#cfd4d9"],
  rest: "#7a838c",
};

export const SYMBOLS = ["circle", "rect", "triangle", "diamond", "pin", "roundRect", "arrow", "circle"];
export const DASHES = ["solid", "dashed", "dotted", [8, 3, 2, 3], [2, 2], [12, 4], [4, 2], [6, 2, 1, 2]];

const dark = matchMedia("(prefers-color-scheme: dark)");
let on_paper = false;

export function theme(): Theme {
  return dark.matches && !on_paper ? DARK : LIGHT;
}

/// Light: for exported files.
export function paper_theme(): Theme {
  return LIGHT;
}

/// Calls when the colours have changed: with the system's, and for printing.
export function on_theme_change(changed: () => void): void {
  dark.addEventListener("change", changed);
  const printing = (now: boolean) => () => {
    on_paper = now;
    changed();
  };
  addEventListener("beforeprint", printing(true));
  addEventListener("afterprint", printing(false));
}
