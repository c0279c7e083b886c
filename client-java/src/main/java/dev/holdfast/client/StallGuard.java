// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.client;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Ends a read that brings nothing for too long: the JDK client would wait for ever. */
final class StallGuard extends FilterInputStream {
  private final Time time;
  private final Duration limit;
  private volatile long readingSince;
  private volatile boolean reading;
  private volatile boolean stalled;
  private volatile boolean closed;
  private volatile Time.@Nullable Timer timer;

  StallGuard(InputStream in, Time time, Duration limit) {
    super(in);
    this.time = time;
    this.limit = limit;
    watch();
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    int count = read(one, 0, 1);
    return count < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] bytes, int offset, int length) throws IOException {
    readingSince = time.nanoTime();
    reading = true;
    try {
      int count = super.read(bytes, offset, length);
      if (stalled) {
        throw new IOException("nothing came for " + limit);
      }
      return count;
    } catch (IOException e) {
      throw stalled ? new IOException("nothing came for " + limit, e) : e;
    } finally {
      reading = false;
    }
  }

  @Override
  public void close() throws IOException {
    closed = true;
    Time.cancel(timer);
    super.close();
  }

  private void watch() {
    timer =
        time.schedule(
            limit,
            () -> {
              if (closed) {
                return;
              }
              if (reading && time.nanoTime() - readingSince >= limit.toNanos()) {
                stalled = true;
                try {
                  super.close();
                } catch (IOException e) {
                  Loudly.warn("a stalled read cannot be closed: " + e);
                }
              } else {
                watch();
              }
            });
  }
}
