/** Frames that bring a request no further, in a row and within one second. A ping for every round trip stays below it. */
const mostIdleFrames = 10_000;
const windowUs = 1_000_000;

/**
 * Tells a peer that keeps us busy with nothing (PING, SETTINGS, empty DATA, unknown frames: RFC 9113 10.5) from one that is merely
 * chatty. Any progress forgives all.
 */
export class FloodGuard {
  private frames = 0;
  private sinceUs = 0;

  progress(): void {
    this.frames = 0;
  }

  /** A frame without progress has come. @returns whether it was one too many. */
  idle(atUs: number): boolean {
    if (atUs - this.sinceUs > windowUs) {
      this.sinceUs = atUs;
      this.frames = 0;
    }
    return ++this.frames > mostIdleFrames;
  }
}
