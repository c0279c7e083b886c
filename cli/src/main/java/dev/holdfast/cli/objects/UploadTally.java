// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.objects;

import dev.holdfast.cli.terminal.ProgressBar;
import dev.holdfast.client.rest.ChunkedUpload;
import java.util.concurrent.atomic.LongAdder;

/** What of one file was sent, and what the cluster had already. Thread-safe. */
final class UploadTally implements ChunkedUpload.Progress {
  private final ProgressBar bar;
  private final LongAdder skipped = new LongAdder();

  UploadTally(ProgressBar bar) {
    this.bar = bar;
  }

  @Override
  public void sent(long bytes) {
    bar.moved(bytes);
  }

  @Override
  public void skipped(long bytes) {
    skipped.add(bytes);
    bar.moved(bytes);
  }

  long skippedBytes() {
    return skipped.sum();
  }
}
