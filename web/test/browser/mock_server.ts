// A server with the answers of the API, made up, that can be told to refuse: for what a real one does not do when asked to.
import { createServer, type IncomingMessage, type Server } from "node:http";
import { readFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { HOSTILE } from "../hostile";
import { PAGES } from "./support";

const CAUTION = "untrained encoder: its weights are random numbers";

export interface Mock {
  url: string;
  /// The bodies of /v1/predict.
  asked: { image?: string; text?: string; fields?: Record<string, string> }[];
  /// The next prediction is refused with this status and message.
  refuse: { status: number; message: string } | null;
  close(): Promise<void>;
}

export interface MockOptions {
  token?: string;
  prompt?: string | null;
  body_bytes?: number;
  /// A field without a fallback is among the template's.
  needed?: boolean;
  /// How often the bundle is asked for before its encoder is loaded.
  loads?: number;
}

function bundle(options: MockOptions): unknown {
  return {
    puente: "0.1.0",
    bundle: "run1",
    labels: [
      {
        label: "dx",
        classes: ["melanoma", HOSTILE[0], "naevus"],
        order: null,
        calibrated: true,
        thresholds: [
          {
            class: "melanoma",
            wish: "sensitivity",
            wished: 0.9,
            threshold: 0.065,
            validation: { sensitivity: 0.912, specificity: 0.66 },
          },
        ],
      },
    ],
    image: { needed: true, encoder: "clip-tiny", dim: 128 },
    text: {
      needed: true,
      encoder: "clip-tiny",
      prompt: options.prompt === undefined ? "Age: {age|int|unknown}. Sex: {sex}." : options.prompt,
      fields: [
        { name: "age", filter: "int", default: "unknown" },
        { name: "sex", filter: null, default: "unknown", values: ["1", "2"] },
        ...(options.needed ? [{ name: "site", filter: null, default: null, values: [] }] : []),
      ],
    },
    training: { rows: 480, groups: 238, per_class: {} },
    card: "# Model card\n\nFor <b>research</b>.",
    ready: (options.loads ?? 0) === 0,
    untrained: true,
    cautions: [CAUTION],
    neighbours: true,
    limits: { body_bytes: options.body_bytes ?? 20 * 2 ** 20, pixels: 50_000_000, batch: 32, seconds: 30 },
  };
}

const PREDICTION = {
  predictions: [
    {
      labels: [
        {
          label: "dx",
          predicted: "naevus",
          probabilities: { melanoma: 0.12, [HOSTILE[0]!]: 0.08, naevus: 0.8 },
          operating_points: [
            { class: "melanoma", wish: "sensitivity", wished: 0.9, threshold: 0.065, reached: true },
          ],
          image_alone: {
            predicted: "naevus",
            probabilities: { melanoma: 0.3, [HOSTILE[0]!]: 0.1, naevus: 0.6 },
          },
          text_alone: null,
        },
      ],
      text: "Age: 61. Sex: male.",
      neighbours: [{ name: HOSTILE[1], label: "naevus", similarity: 0.934 }],
      cautions: ["text cut at 77 tokens", CAUTION],
    },
  ],
  milliseconds: 12.3,
};

async function body_of(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts).toString("utf8");
}

export async function mock_server(options: MockOptions = {}): Promise<Mock> {
  const page = readFileSync(join(PAGES, "serve.html"), "utf8");
  const policy = /content="(default-src[^"]*)"/.exec(page)![1]!;
  const mock: Mock = { url: "", asked: [], refuse: null, close: async () => {} };
  const server: Server = createServer((request, response) => {
    const json = (status: number, value: unknown) => {
      response.writeHead(status, { "Content-Type": "application/json" });
      response.end(JSON.stringify(value));
    };
    const fail = (status: number, message: string) =>
      json(status, { error: { message, type: "invalid_request_error" } });
    if (request.url === "/") {
      response.writeHead(200, {
        "Content-Type": "text/html; charset=utf-8",
        "Content-Security-Policy": `${policy}; frame-ancestors 'none'`,
      });
      response.end(page);
    } else if (options.token && request.headers.authorization !== `Bearer ${options.token}`) {
      fail(401, "a token is needed");
    } else if (request.url === "/v1/bundle") {
      json(200, bundle(options));
      if (options.loads) options.loads--;
    } else if (request.url === "/v1/predict" && request.method === "POST") {
      void body_of(request).then((text) => {
        mock.asked.push(JSON.parse(text) as Mock["asked"][number]);
        if (mock.refuse) fail(mock.refuse.status, mock.refuse.message);
        else json(200, PREDICTION);
        mock.refuse = null;
      });
    } else {
      fail(404, "no such address");
    }
  });
  // A test that fails before it closes its server must not keep all tests waiting.
  server.unref();
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  mock.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  mock.close = () =>
    new Promise((done) => {
      server.close(() => done());
      // Kept-alive connections of the browser; Node 18.2 and later.
      server.closeAllConnections();
    });
  return mock;
}
