import { score } from "../../common/format";

/// "λ = 0.40"
export function lambda_text(lambda: number): string {
  return `λ = ${score(lambda, 2)}`;
}
