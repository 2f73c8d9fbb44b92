import type { VNode } from "preact";
import { Icon, type IconName } from "./icons.tsx";

interface Props {
  readonly icon: IconName;
  /** Seen by who points at it, and told to who reads by ear. */
  readonly label: string;
  /** There is nothing to do. It can still be reached: whoever is at it by the keys is to stay there. */
  readonly isIdle?: boolean;
  readonly onClick: () => void;
}

/** A button of a picture alone. */
export function IconButton({ icon, label, isIdle = false, onClick }: Props): VNode {
  return (
    <button
      type="button"
      class="quiet"
      title={label}
      aria-label={label}
      aria-disabled={isIdle}
      onClick={() => !isIdle && onClick()}
    >
      <Icon name={icon} />
    </button>
  );
}
