// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.client.rest;

import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpRequest.BodyPublisher;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.concurrent.Flow.Subscriber;
import java.util.concurrent.Flow.Subscription;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * One attempt at sending a body. A body that throws, or that has other than the announced bytes, is
 * never sent whole: the last piece goes only when it is known to be the last. So such a failure
 * means that nothing was stored. The publishers of the JDK give neither: on 17 they take a stream
 * that throws for one that ends.
 */
final class Upload implements BodyPublisher {
  private static final int PIECE_BYTES = 16 << 10;

  private final RequestBody body;
  private final LongSupplier nanoTime;
  private volatile long progressNanos;
  private volatile boolean begun;
  private volatile boolean reading;
  private volatile @Nullable BodyException failure;

  Upload(RequestBody body, LongSupplier nanoTime) {
    this.body = body;
    this.nanoTime = nanoTime;
    this.progressNanos = nanoTime.getAsLong();
  }

  /** When the connection last took something; of the sending at first. */
  long progressNanos() {
    return progressNanos;
  }

  /** Whether the source is slow, rather than the connection. */
  boolean isReading() {
    return reading;
  }

  /** Whether the body was touched: one that can be read once is spent then. */
  boolean isBegun() {
    return begun;
  }

  /** Why the body could not be sent, if that was its own fault. */
  @Nullable BodyException failure() {
    return failure;
  }

  /** A connection asks nothing of an empty body, so whether it is one is looked up here. */
  void requireEmpty() {
    if (body.length() != 0 || body.equals(RequestBody.NONE)) {
      return;
    }
    begun = true;
    try {
      InputStream in = body.open();
      boolean more = in.read() >= 0;
      if (body.isRepeatable()) {
        in.close();
      }
      if (more) {
        throw new BodyException("not stored: the body has more than the announced 0 bytes", null);
      }
    } catch (IOException e) {
      throw new BodyException("not stored: the body cannot be read: " + e, e);
    }
  }

  @Override
  public long contentLength() {
    return body.length();
  }

  @Override
  public void subscribe(Subscriber<? super ByteBuffer> subscriber) {
    begun = true;
    subscriber.onSubscribe(new Reading(subscriber));
  }

  /** Reads as the connection asks, on the thread that asks. */
  private final class Reading implements Subscription {
    private final Subscriber<? super ByteBuffer> subscriber;
    private final AtomicLong wanted = new AtomicLong();
    private @Nullable InputStream in;
    private byte @Nullable [] ahead;
    private long read;
    private volatile boolean ended;

    Reading(Subscriber<? super ByteBuffer> subscriber) {
      this.subscriber = subscriber;
    }

    @Override
    public void request(long pieces) {
      // Whoever raises it from zero serves all until it is zero again.
      if (pieces > 0 && wanted.getAndAdd(pieces) == 0) {
        do {
          serve();
        } while (wanted.decrementAndGet() > 0);
      }
    }

    private void serve() {
      if (ended) {
        return;
      }
      byte[] piece;
      boolean last;
      reading = true;
      try {
        piece = ahead == null ? piece() : ahead;
        ahead = piece.length == 0 ? null : piece();
        last = ahead == null || ahead.length == 0;
        check(last);
      } catch (IOException | RuntimeException e) {
        String why = e instanceof Wrong ? e.getMessage() : "the body cannot be read: " + e;
        fail(new BodyException("not stored: " + why, e));
        return;
      } finally {
        progressNanos = nanoTime.getAsLong();
        reading = false;
      }
      if (piece.length > 0) {
        subscriber.onNext(ByteBuffer.wrap(piece));
      }
      if (last) {
        end();
        subscriber.onComplete();
      }
    }

    private byte[] piece() throws IOException {
      InputStream open = in;
      if (open == null) {
        open = body.open();
        in = open;
      }
      byte[] bytes = new byte[PIECE_BYTES];
      int filled = open.readNBytes(bytes, 0, bytes.length);
      read += filled;
      return Arrays.copyOf(bytes, filled);
    }

    private void check(boolean last) throws Wrong {
      long announced = body.length();
      if (announced >= 0 && read > announced) {
        throw new Wrong("the body has more than the announced " + announced + " bytes");
      }
      if (last && read < announced) {
        throw new Wrong("the body ended after " + read + " of " + announced + " bytes");
      }
    }

    private void fail(BodyException why) {
      failure = why;
      end();
      subscriber.onError(why);
    }

    private void end() {
      ended = true;
      InputStream open = in;
      if (open != null && body.isRepeatable()) {
        try {
          open.close();
        } catch (IOException e) {
          return; // All of it was read.
        }
      }
    }

    @Override
    public void cancel() {
      ended = true;
    }
  }

  /** The body is not what was announced. */
  private static final class Wrong extends IOException {
    private static final long serialVersionUID = 1;

    Wrong(String message) {
      super(message);
    }
  }
}
