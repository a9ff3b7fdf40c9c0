// The server's API, as far as the page uses it. A token stays in this page's memory and nowhere else.

export interface Probabilities {
  [name: string]: number;
}

export interface LabelInfo {
  label: string;
  classes: string[];
  order: string[] | null;
  calibrated: boolean;
  thresholds?: Threshold[];
}

export interface Threshold {
  class: string;
  wish: string;
  wished: number;
  threshold: number | null;
  validation?: { sensitivity?: number | null; specificity?: number | null } | null;
}

export interface Field {
  name: string;
  filter?: string | null;
  default?: string | null;
  /// Where only these are understood.
  values?: string[];
}

export interface Bundle {
  puente: string;
  /// null: encoders alone are served.
  bundle: string | null;
  labels: LabelInfo[];
  image: { needed: boolean; encoder: string; dim?: number } | null;
  text: { needed: boolean; encoder: string; prompt: string | null; fields?: Field[] } | null;
  training?: { rows?: number; groups?: number; per_class?: Record<string, unknown> } | null;
  /// In Markdown.
  card?: string | null;
  /// false while the encoder is being loaded: a prediction waits for it.
  ready?: boolean;
  untrained?: boolean;
  cautions?: string[];
  neighbours?: boolean;
  limits?: { body_bytes?: number; pixels?: number; batch?: number; seconds?: number };
}

export interface Alone {
  predicted: string;
  probabilities: Probabilities;
}

export interface LabelPrediction {
  label: string;
  predicted: string;
  probabilities: Probabilities;
  operating_points?: (Threshold & { reached: boolean })[];
  image_alone?: Alone | null;
  text_alone?: Alone | null;
}

export interface Prediction {
  labels: LabelPrediction[];
  text?: string | null;
  neighbours?: { name: string; label: string; similarity: number }[] | null;
  cautions?: string[];
}

export interface Input {
  image?: string;
  text?: string;
  fields?: Record<string, string>;
}

/// What went wrong, in words for people; `status` 0 where nothing answered.
export class ApiError extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

const WORDS: Record<number, string> = {
  401: "This server asks for a token.",
  404: "The server does not know this address; is it of another version?",
  413: "The server takes no request of this size.",
  415: "The server cannot read this kind of picture.",
  429: "The server has as much to do as it takes. Try again in a moment.",
  504: "The server did not finish in time. Try again, or with a smaller picture.",
};

/// Our words for a status, and then the server's own, which say what exactly.
export function words_for(status: number, said: string): string {
  const ours = WORDS[status];
  if (status === 429 || status === 401) return ours!;
  return [ours, said].filter(Boolean).join(" ") || `The server answered with status ${status}.`;
}

let token = "";
export function use_token(text: string): void {
  token = text;
}

async function ask(path: string, body?: unknown): Promise<unknown> {
  const headers: Record<string, string> = {};
  if (token) headers["Authorization"] = `Bearer ${token}`;
  if (body !== undefined) headers["Content-Type"] = "application/json";
  let response: Response;
  try {
    response = await fetch(path, {
      method: body === undefined ? "GET" : "POST",
      headers,
      body: body === undefined ? undefined : JSON.stringify(body),
      cache: "no-store",
      credentials: "omit",
    });
  } catch {
    throw new ApiError(0, "Nothing answers. Is puente serve still running?");
  }
  let json: unknown = null;
  try {
    json = await response.json();
  } catch {
    if (response.ok) throw new ApiError(response.status, "The server's answer is not whole. Try again.");
  }
  if (!response.ok) {
    const said = (json as { error?: { message?: unknown } } | null)?.error?.message;
    throw new ApiError(response.status, words_for(response.status, typeof said === "string" ? said : ""));
  }
  return json;
}

export async function get_bundle(): Promise<Bundle> {
  return (await ask("/v1/bundle")) as Bundle;
}

export async function predict(input: Input): Promise<{ predictions: Prediction[]; milliseconds?: number }> {
  return (await ask("/v1/predict", input)) as { predictions: Prediction[]; milliseconds?: number };
}
