import { searchResultOf, type CapacityRecord } from '../capacity/record.ts';
import { finalLevels } from '../capacity/search.ts';
import { bottleneckSentence, kneeSentence, repeatSentences } from './capacityWords.ts';
import type { CapacityPage } from './resultPage.ts';

/** A search for the knee as the report page shows it. */
export function capacityPage(record: CapacityRecord): CapacityPage {
  const result = searchResultOf(record);
  const bottleneck = bottleneckSentence(result);
  return {
    kind: 'capacity',
    title: `Capacity of ${record.scenario}`,
    startedAt: record.startedAt,
    host: record.host,
    state: record.ended ?? 'unfinished',
    error: record.error?.message ?? null,
    knee: result.knee,
    sentence: kneeSentence({ ...result, cancelled: record.ended === 'cancelled' }),
    notes: [...(bottleneck === null ? [] : [bottleneck]), ...repeatSentences(result)],
    levels: finalLevels(record.levels),
  };
}
