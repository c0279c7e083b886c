// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.http;

import dev.holdfast.spi.system.Deadline;
import io.undertow.server.HttpServerExchange;
import io.undertow.server.protocol.http.HttpContinue;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Objects;
import org.xnio.channels.StreamSourceChannel;

/** The request's body as it arrives: no buffer of its own, so memory stays constant. */
final class BodyInput extends InputStream {
  private final HttpServerExchange exchange;
  private final StreamSourceChannel channel;
  private final long bytesMax;
  private final BodyPace pace;
  private long taken;
  private boolean ended;
  private boolean begun;
  private boolean broken;

  BodyInput(HttpServerExchange exchange, long bytesMax, BodyPace pace) {
    this.exchange = exchange;
    this.channel = exchange.getRequestChannel();
    this.bytesMax = bytesMax;
    this.pace = pace;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
  }

  @Override
  public int read(byte[] target, int offset, int length) throws IOException {
    Objects.checkFromIndexSize(offset, length, target.length);
    if (length == 0 || ended) {
      return ended ? -1 : 0;
    }
    ByteBuffer buffer = ByteBuffer.wrap(target, offset, length);
    try {
      askToContinue();
      while (true) {
        int read = readNow(buffer);
        if (read != 0) {
          return read;
        }
        pace.await(timeout -> Readiness.awaitReadable(channel, timeout));
      }
    } catch (ChunkedBody.MalformedException e) {
      broken = true;
      throw new ProblemException(
          400,
          "BAD_REQUEST",
          "The body in chunks is malformed: " + e.getMessage(),
          "Send a Content-Length, or chunks as RFC 9112 has them",
          e);
    } catch (IOException e) {
      broken = true;
      throw e;
    }
  }

  boolean isBroken() {
    return broken;
  }

  private int readNow(ByteBuffer buffer) throws IOException {
    int read = channel.read(buffer);
    if (read < 0) {
      ended = true;
      if (!exchange.isRequestComplete()) {
        throw new EOFException("The body was cut after " + taken + " bytes");
      }
    } else {
      taken += read;
      pace.moved(read);
      if (taken > bytesMax) {
        throw tooLarge(bytesMax);
      }
    }
    return read;
  }

  /** A client that sent {@code Expect: 100-continue} holds its body back until it is asked. */
  private void askToContinue() throws IOException {
    if (!begun) {
      begun = true;
      if (HttpContinue.requiresContinueResponse(exchange)) {
        HttpContinue.sendContinueResponseBlocking(exchange);
      }
    }
  }

  /**
   * Throws away what is left, for a connection that shall live on.
   *
   * @return whether the end was reached within both limits
   */
  boolean drain(long bytes, Duration time) throws IOException {
    ByteBuffer sink = ByteBuffer.allocate(8 << 10);
    Deadline deadline = pace.within(time);
    long drained = 0;
    while (!ended) {
      sink.clear();
      int read = channel.read(sink);
      if (read < 0) {
        ended = true;
      } else if (read == 0) {
        long left = deadline.leftNanos();
        if (left == 0) {
          return false;
        }
        try {
          Readiness.awaitReadable(channel, Duration.ofNanos(left));
        } catch (java.net.SocketTimeoutException e) {
          return false;
        }
      } else {
        drained += read;
        if (drained > bytes) {
          return false;
        }
      }
    }
    return exchange.isRequestComplete();
  }

  static ProblemException tooLarge(long bytesMax) {
    return new ProblemException(
        413,
        "PAYLOAD_TOO_LARGE",
        "The body is larger than " + bytesMax + " bytes",
        "Send less in one request");
  }
}
