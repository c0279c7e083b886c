// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.http;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.xnio.channels.StreamSinkChannel;
import org.xnio.channels.StreamSourceChannel;

/**
 * Parks a virtual thread until its channel is ready. XNIO's own {@code awaitReadable} opens one
 * selector per thread and leaves it to the collector: with a thread per request that is a leak.
 */
final class Readiness {
  /** A channel that is closed under a waiter tells nobody, so a waiter looks this often. */
  private static final long LOOK_NANOS = TimeUnit.SECONDS.toNanos(1);

  private Readiness() {}

  static void awaitReadable(StreamSourceChannel channel, Duration timeout) throws IOException {
    CountDownLatch ready = new CountDownLatch(1);
    channel
        .getReadSetter()
        .set(source -> {
          source.suspendReads();
          ready.countDown();
        });
    channel.resumeReads();
    if (!await(ready, channel::isOpen, timeout)) {
      channel.suspendReads();
      throw new SocketTimeoutException("No byte of the body arrived within " + timeout);
    }
  }

  static void awaitWritable(StreamSinkChannel channel, Duration timeout) throws IOException {
    CountDownLatch ready = new CountDownLatch(1);
    channel
        .getWriteSetter()
        .set(sink -> {
          sink.suspendWrites();
          ready.countDown();
        });
    channel.resumeWrites();
    if (!await(ready, channel::isOpen, timeout)) {
      channel.suspendWrites();
      throw new SocketTimeoutException("The client took no byte within " + timeout);
    }
  }

  private interface Open {
    boolean now();
  }

  private static boolean await(CountDownLatch ready, Open open, Duration timeout)
      throws IOException {
    try {
      for (long left = timeout.toNanos(); left > 0; left -= LOOK_NANOS) {
        if (ready.await(Math.min(left, LOOK_NANOS), TimeUnit.NANOSECONDS) || !open.now()) {
          return true;
        }
      }
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("Interrupted while waiting for the connection");
    }
  }
}
