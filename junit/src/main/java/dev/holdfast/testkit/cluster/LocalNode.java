// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.testkit.cluster;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** One node process of a {@link LocalCluster}. Thread-safe. */
public final class LocalNode extends LocalProcess {
  private static final long POLL_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

  private final URI apiUri;
  private final Path data;
  private final NodeApi api;

  LocalNode(String id, URI apiUri, Path data, Path log, List<String> command, NodeApi api) {
    super(id, log, command);
    this.apiUri = apiUri;
    this.data = data;
    this.api = api;
  }

  /** Such as {@code http://127.0.0.1:21000}. */
  public URI apiUri() {
    return apiUri;
  }

  /** The data folder of this node. */
  public Path data() {
    return data;
  }

  /** Starts the process on its data folder; does not wait until it is ready. */
  @Override
  public synchronized LocalNode start(String... more) {
    super.start(more);
    return this;
  }

  /** Whether it answers {@code GET /health/ready} with 200 now. */
  public boolean isReady() {
    return isAlive() && api.isReady(apiUri);
  }

  /**
   * Returns when the node is ready.
   *
   * @throws IllegalStateException with the end of its log, when it is not in time or has ended
   */
  public LocalNode awaitReady(Duration deadline) {
    long end = System.nanoTime() + deadline.toNanos();
    while (!isReady()) {
      if (!isAlive()) {
        throw new IllegalStateException(id() + " has ended before it was ready\n" + tail());
      }
      if (System.nanoTime() - end > 0) {
        throw new IllegalStateException(id() + " is not ready within " + deadline + "\n" + tail());
      }
      LockSupport.parkNanos(POLL_NANOS);
    }
    return this;
  }

  @Override
  public String toString() {
    return id() + " at " + apiUri;
  }
}
