/** The shapes of load a scenario is measured in. */
export const shapes = ['single', 'many', 'chain', 'soak'] as const;
/** `single`: one client, one request at a time. `many`: the plan's load, or so many clients. `chain`: the plan's load, looked at service by service. `soak`: the plan's load for long. */
export type Shape = (typeof shapes)[number];

/** One shape of a scenario's load. */
export interface PlannedCell {
  readonly shape: Shape;
  /** Clients that each wait for their answer before they ask again; null: the plan's own arrivals. */
  readonly clients: number | null;
  /** Measured time. */
  readonly durationUs: number;
}
