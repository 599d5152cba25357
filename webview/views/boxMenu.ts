import type { MenuItem } from '../components/contextMenu.tsx';
import type { FlameLayout } from '../flame/layout.ts';
import { stackText } from '../flame/stackText.ts';
import { isSource } from '../format.ts';
import type { FrameLabels } from '../model/messages.ts';
import type { Page } from '../page.ts';

/** What one can do with a box, in the picture and in its tree; zooming is the picture's own. */
export function boxMenu(
  page: Pick<Page, 'change' | 'host' | 'openSource'>,
  box: { readonly layout: FlameLayout; readonly labels: FrameLabels; readonly box: number; readonly upwards: boolean },
): MenuItem[] {
  const { layout, labels, upwards } = box;
  const frame = layout.frame[box.box] ?? 0;
  const name = labels.name[frame] ?? '';
  const file = labels.file[frame] ?? null;
  const copy = (text: string): void => page.host.post({ type: 'copy', text });
  return [
    ...(file !== null && isSource(file)
      ? [
          {
            label: 'Open source',
            key: 'Enter',
            run: () => page.openSource(file, labels.line[frame] ?? 1, labels.column[frame] ?? 1),
          },
        ]
      : []),
    { label: 'Callers and callees', run: () => page.change({ mode: 'sandwich', frame }) },
    { label: 'Highlight same', run: () => page.change({ search: name }) },
    { label: 'Copy name', run: () => copy(name) },
    { label: 'Copy stack', run: () => copy(stackText(layout, labels, box.box, upwards)) },
  ];
}
