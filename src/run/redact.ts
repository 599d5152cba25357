import type { Scenario } from '../plan/scenario.ts';

/** What stands where a secret was: records and reports are passed on, secrets must not be. */
const REDACTED = '(not recorded)';

const SECRET_NAME = /passw|secret|token|credential|api[-_]?key|private|auth|cookie|session|signature/i;

/**
 * The scenario as it is recorded: environment variables and headers that look like secrets by their names, and passwords in
 * addresses, are left out.
 */
export function redactScenario(scenario: Scenario): Scenario {
  return {
    ...scenario,
    targets: scenario.targets.map((target) =>
      target.kind === 'launch' ? { ...target, env: redactNamed(target.env) } : target,
    ),
    load: {
      ...scenario.load,
      url: redactAddress(scenario.load.url),
      requests: scenario.load.requests.map((request) => ({ ...request, headers: redactNamed(request.headers) })),
    },
  };
}

function redactNamed(values: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [
      name,
      SECRET_NAME.test(name) && value !== '' ? REDACTED : redactAddress(value),
    ]),
  );
}

/** `scheme://user:password@host`: databases are often named so. */
function redactAddress(text: string): string {
  return text.replace(/(\b[a-z][a-z0-9+.-]*:\/\/[^\s:/?#@]*):[^\s/?#@]+@/gi, `$1:${REDACTED}@`);
}
