/** The views, in the order in which the rail shows them. A new one is a line here and a file of its own. */
import type { ComponentType } from "preact";
import type { IconName } from "./icons.tsx";
import { fetchAhead } from "./views/messages/listing/fetch-page.ts";
import { filterOf } from "./views/messages/filter.ts";
import { MessagesView } from "./views/messages/view.tsx";
import type { ViewProps } from "./route.ts";
import { HealthView } from "./views/health/view.tsx";
import { StatisticsView } from "./views/statistics/view.tsx";

export interface View {
  /** In the address. */
  readonly name: string;
  readonly title: string;
  readonly icon: IconName;
  readonly Component: ComponentType<ViewProps>;
  /** Asks the service for what it shows first, before it is drawn. Resolves when that is there, or failed. */
  readonly askAhead?: (parameters: ViewProps["parameters"]) => Promise<void>;
}

const MESSAGES: View = {
  name: "messages",
  title: "Messages",
  icon: "messages",
  Component: MessagesView,
  askAhead: (parameters) => fetchAhead(filterOf(parameters)),
};

export const VIEWS: readonly View[] = [
  MESSAGES,
  { name: "statistics", title: "Statistics", icon: "statistics", Component: StatisticsView },
  { name: "health", title: "Health", icon: "health", Component: HealthView },
];

/** The view of an address; of one that names none, the first. */
export function viewOf(name: string): View {
  return VIEWS.find((view) => view.name === name) ?? MESSAGES;
}
