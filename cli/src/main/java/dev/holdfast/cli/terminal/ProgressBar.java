// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.terminal;

import java.util.function.LongSupplier;

/**
 * One line on stderr that is drawn anew while long work goes on; silent when stderr is no terminal.
 * Safe for any number of threads.
 */
public final class ProgressBar implements AutoCloseable {
  private static final long REDRAW_NANOS = 100_000_000;
  private static final int WIDTH = 24;

  private final Terminal terminal;
  private final String verb;
  private final long totalItems;
  private final long totalBytes;
  private final LongSupplier nanoTime;
  private long items;
  private long bytes;
  private long drawn;

  public ProgressBar(
      Terminal terminal, String verb, long totalItems, long totalBytes, LongSupplier nanoTime) {
    this.terminal = terminal;
    this.verb = verb;
    this.totalItems = totalItems;
    this.totalBytes = totalBytes;
    this.nanoTime = nanoTime;
    this.drawn = nanoTime.getAsLong() - REDRAW_NANOS;
  }

  public synchronized void moved(long moreBytes) {
    bytes += moreBytes;
    draw(/* always= */ false);
  }

  public synchronized void finishedItem() {
    items++;
    draw(/* always= */ false);
  }

  private void draw(boolean always) {
    long now = nanoTime.getAsLong();
    if (!terminal.showsProgress() || (!always && now - drawn < REDRAW_NANOS)) {
      return;
    }
    drawn = now;
    double share = totalBytes == 0 ? 1 : Math.min(1, (double) bytes / totalBytes);
    int full = (int) (share * WIDTH);
    terminal
        .err()
        .printf(
            "\r\u001b[K%s [%s%s] %3d %%  %s of %s  %d/%d",
            verb,
            "#".repeat(full),
            ".".repeat(WIDTH - full),
            (int) (share * 100),
            Sizes.text(bytes),
            Sizes.text(totalBytes),
            items,
            totalItems);
    terminal.err().flush();
  }

  @Override
  public synchronized void close() {
    if (terminal.showsProgress()) {
      draw(/* always= */ true);
      terminal.err().println();
    }
  }
}
