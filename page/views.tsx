/** The views, in the order in which the rail shows them. A new one is a line here and a file of its own. */
import type { ComponentType } from "preact";
import type { IconName } from "./icons.tsx";
import { MessagesView } from "./messages/view.tsx";
import { HealthView } from "./views/health/view.tsx";
import { StatisticsView } from "./views/statistics/view.tsx";

export interface ViewProps {
  /** Of the address. */
  readonly parameters: Readonly<Record<string, string>>;
}

export interface View {
  /** In the address. */
  readonly name: string;
  readonly title: string;
  readonly icon: IconName;
  readonly Component: ComponentType<ViewProps>;
}

export const VIEWS: readonly View[] = [
  { name: "messages", title: "Messages", icon: "messages", Component: MessagesView },
  { name: "statistics", title: "Statistics", icon: "statistics", Component: StatisticsView },
  { name: "health", title: "Health", icon: "health", Component: HealthView },
];
