/** One kind of request, in whatever protocol the load speaks; which keys go with which stands in protocols.ts. */
import * as z from 'zod/mini';
import { headerFault, methods, nearestMethod, pathFault, repeatedHeader } from './httpParts.ts';
import { addFault, documented, hasPlaceholder, placeholders, text } from './schemaParts.ts';
import { hasTemplate, templateFault, templates } from './templateText.ts';
import { quoted } from './visible.ts';

/** Names and values as HTTP and gRPC carry them. */
export function headers(doc: {
  readonly markdownDescription: string;
  readonly examples: readonly unknown[];
}): z.ZodMiniRecord<z.ZodMiniString, z.ZodMiniString> {
  return documented(
    z.record(z.string(), z.string()).check(
      z.superRefine((given, context) => {
        for (const [name, value] of Object.entries(given)) {
          const unsure = hasPlaceholder(value) || hasTemplate(value);
          const fault = headerFault(name, unsure ? '' : value);
          if (fault) addFault(context, given, fault.message, { atKey: fault.atName }, [name]);
          const wrong = templateFault(value);
          if (wrong) addFault(context, value, wrong.message, { column: wrong.column }, [name]);
        }
        const repeated = repeatedHeader(Object.keys(given));
        if (repeated !== null) {
          const message = `the header ${quoted(repeated)} stands twice, in different case; write it once`;
          addFault(context, given, message, { atKey: true }, [repeated]);
        }
      }),
    ),
    doc,
  );
}

const statuses = z.union([
  z.int().check(z.gte(0), z.lte(999)),
  z.array(z.int().check(z.gte(0), z.lte(999))).check(z.minLength(1)),
]);

const check = documented(
  z.strictObject({
    status: z.optional(
      documented(statuses, {
        markdownDescription:
          'The only status that counts as good, or a list of them. Without it: below 400 in HTTP, 0 in gRPC.',
        examples: [200, [200, 404]],
      }),
    ),
    body: z.optional(
      text({ markdownDescription: 'A text that the answer must hold.', examples: ['"status":"created"'] }),
    ),
    bodyMatches: z.optional(
      documented(
        z.string().check(
          z.superRefine((pattern, context) => {
            try {
              new RegExp(pattern, 'u');
            } catch (error) {
              const why = error instanceof Error ? error.message.replace(/^.*: /, '') : String(error);
              addFault(context, pattern, `this is no regular expression: ${why}; write one such as "^ok"`);
            }
          }),
        ),
        { markdownDescription: 'A regular expression that the answer must match.', examples: ['"id":\\s*\\d+'] },
      ),
    ),
    headers: z.optional(
      headers({
        markdownDescription: 'Headers that the answer must carry, with these values.',
        examples: [{ 'content-type': 'application/json' }],
      }),
    ),
    echo: z.optional(
      documented(z.boolean(), { markdownDescription: 'The answer must equal what was sent.', examples: [true] }),
    ),
  }),
  {
    markdownDescription: 'What makes an answer good; any other counts as an error.',
    examples: [{ status: 200 }, { body: 'ok' }],
  },
);

const payload = documented(
  z.union([
    z.string(),
    z.strictObject({
      base64: text({ markdownDescription: 'Bytes, as base64.', examples: ['AAECAw=='] }),
    }),
    z.strictObject({ hex: text({ markdownDescription: 'Bytes, as hexadecimal digits.', examples: ['00010203'] }) }),
    z.strictObject({
      size: documented(z.int().check(z.gte(1), z.lte(16 * 1024 * 1024)), {
        markdownDescription: 'So many bytes, made from the seed.',
        examples: [64],
      }),
    }),
  ]),
  {
    markdownDescription: `What is sent: a text (${templates}), or bytes as \`{ "hex": … }\`, \`{ "base64": … }\` or \`{ "size": 64 }\`. ${placeholders}`,
    examples: ['ping {{counter}}', { size: 64 }],
  },
);

export const request = documented(
  z.strictObject({
    name: z.optional(
      text({
        markdownDescription:
          'What the figures of this request are listed under. Without it: its method and path, or its call.',
        examples: ['create'],
      }),
    ),
    method: z.optional(
      documented(
        z.enum(methods, {
          error: ({ input }) =>
            typeof input === 'string'
              ? `${quoted(input)} is not a method; write ${quoted(nearestMethod(input))}`
              : undefined,
        }),
        { markdownDescription: 'The HTTP method.', default: 'GET', examples: [...methods] },
      ),
    ),
    path: z.optional(
      documented(
        z.string().check(
          z.superRefine((value, context) => {
            const fault = hasPlaceholder(value) || hasTemplate(value) ? null : pathFault(value);
            if (fault !== null) addFault(context, value, fault);
            const wrong = templateFault(value);
            if (wrong) addFault(context, value, wrong.message, { column: wrong.column });
          }),
        ),
        {
          markdownDescription: `Path and query, below \`url\`. May hold templates: ${templates}. ${placeholders}`,
          examples: ['/', '/orders', '/orders/{{counter}}'],
        },
      ),
    ),
    headers: z.optional(
      headers({
        markdownDescription: `Headers of the request. \`host\`, \`content-length\` and \`connection\` are added. May hold templates. ${placeholders}`,
        examples: [{ authorization: 'Bearer ${env:TOKEN}' }],
      }),
    ),
    body: documented(z.optional(z.unknown()), {
      markdownDescription: `Text is sent as it stands. An object, a list, a number or true/false is sent as JSON with \`content-type: application/json\`, unless \`headers\` gives another; \`null\` is no body. May hold templates: ${templates}. ${placeholders}`,
      examples: [{ sku: 'a1' }, 'sku=a1'],
    }),
    call: z.optional(
      documented(
        z.string().check(
          z.superRefine((value, context) => {
            if (hasPlaceholder(value) || /^\/?[\w.]+\/\w+$/.test(value)) return;
            addFault(
              context,
              value,
              `${quoted(value)} is not a gRPC method; write package, service and method, as in "shop.Orders/Create"`,
            );
          }),
        ),
        { markdownDescription: `The gRPC method. ${placeholders}`, examples: ['shop.Orders/Create'] },
      ),
    ),
    message: documented(z.optional(z.unknown()), {
      markdownDescription: `The message, as JSON. May hold templates: ${templates}. ${placeholders}`,
      examples: [{ sku: 'a1' }],
    }),
    messages: z.optional(
      documented(z.array(z.unknown()).check(z.minLength(1), z.maxLength(10_000)), {
        markdownDescription: 'The messages of a client or bidirectional stream, in order.',
        examples: [[{ sku: 'a1' }, { sku: 'b2' }]],
      }),
    ),
    metadata: z.optional(
      headers({
        markdownDescription: `gRPC metadata. ${placeholders}`,
        examples: [{ authorization: 'Bearer ${env:TOKEN}' }],
      }),
    ),
    payload: z.optional(payload),
    check: z.optional(check),
    weight: z._default(
      documented(z.number().check(z.gt(0), z.lte(1e6)), {
        markdownDescription: 'How often this request is sent, against the weights of the others.',
        examples: [1, 3],
      }),
      1,
    ),
  }),
  {
    markdownDescription: 'One kind of request.',
    examples: [{ path: '/orders' }],
    defaultSnippets: [
      { label: 'GET', body: { name: '${1:list}', path: '/${2:orders}' } },
      {
        label: 'POST with JSON',
        body: { name: '${1:create}', method: 'POST', path: '/${2:orders}', body: { '${3:sku}': '${4:a1}' } },
      },
      {
        label: 'gRPC',
        body: { name: '${1:create}', call: '${2:shop.Orders/Create}', message: { '${3:sku}': '${4:a1}' } },
      },
      { label: 'payload', body: { name: '${1:ping}', payload: '${2:ping}' } },
    ],
  },
);
