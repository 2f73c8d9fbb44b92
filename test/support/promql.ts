import assert from "node:assert/strict";
import type { SyntaxNode } from "@lezer/common";
import { parser } from "@prometheus-io/lezer-promql";

export interface Selector {
  readonly metric: string;
  /** Its matchers, by label. */
  readonly matchers: readonly { readonly label: string; readonly operator: string; readonly value: string }[];
}

export interface Expression {
  readonly selectors: readonly Selector[];
  /** Named behind by, without, on, ignoring, group_left and group_right. */
  readonly grouping: readonly string[];
}

/** What an expression asks for, by Prometheus's own grammar. Fails where it is not PromQL. */
export function parsePromql(text: string): Expression {
  const selectors: Selector[] = [];
  const grouping: string[] = [];
  const textOf = (node: SyntaxNode): string => text.slice(node.from, node.to);
  parser.parse(text).iterate({
    enter({ type, node, from }) {
      assert.ok(!type.isError, `not PromQL at ${from}: ${text}`);
      if (type.name === "VectorSelector") selectors.push(selectorOf(node, textOf));
      if (type.name === "GroupingLabels") grouping.push(...node.getChildren("LabelName").map(textOf));
    },
  });
  assert.ok(selectors.length > 0, `asks for nothing: ${text}`);
  return { selectors, grouping };
}

function selectorOf(node: SyntaxNode, textOf: (node: SyntaxNode) => string): Selector {
  const name = node.getChild("Identifier");
  assert.ok(name !== null, `a selector without a metric: ${textOf(node)}`);
  const matchers = node.getChild("LabelMatchers")?.getChildren("UnquotedLabelMatcher") ?? [];
  return {
    metric: textOf(name),
    matchers: matchers.map((matcher) => {
      const [label, operator, value] = ["LabelName", "MatchOp", "StringLiteral"].map((part) => {
        const child = matcher.getChild(part);
        return child === null ? "" : textOf(child);
      });
      return { label: label ?? "", operator: operator ?? "", value: (value ?? "").slice(1, -1) };
    }),
  };
}
