// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.http;

import io.undertow.connector.PooledByteBuffer;
import io.undertow.server.AbstractServerConnection;
import io.undertow.server.HttpServerExchange;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;
import org.xnio.conduits.AbstractStreamSourceConduit;
import org.xnio.conduits.StreamSourceConduit;

/**
 * Sees how each request line of a connection ends, since Undertow 2.4.4 says HTTP/1.1 of any
 * version that it does not know. It lies below Undertow, so all bytes pass once: those of a line
 * are the first of the connection, and the first behind the end of each request. Undertow reads no
 * request before the one before it has ended, and all of that happens on one thread at a time.
 */
final class RequestLineWatch extends AbstractStreamSourceConduit<StreamSourceConduit> {
  /** More than {@code HTTP/1.1} and its carriage return, so that a longer name shows. */
  private static final int TAIL_BYTES = 16;

  /** The last bytes of the line, as a ring. */
  private final byte[] tail = new byte[TAIL_BYTES];

  private int length;
  private boolean within = true;

  RequestLineWatch(StreamSourceConduit next) {
    super(next);
  }

  /**
   * The version of a request, for whom the next one of the connection is watched as well.
   *
   * @return empty when the connection has no watch
   */
  static Optional<String> version(HttpServerExchange exchange) {
    if (exchange.getConnection() instanceof AbstractServerConnection connection
        && connection.getOriginalSourceConduit() instanceof RequestLineWatch watch) {
      exchange.addExchangeCompleteListener((ended, next) -> {
        watch.again(ended, connection);
        next.proceed();
      });
      return Optional.of(watch.version());
    }
    return Optional.empty();
  }

  @Override
  public int read(ByteBuffer target) throws IOException {
    int before = target.position();
    int read = super.read(target);
    if (within && read > 0) {
      look(target, before, before + read);
    }
    return read;
  }

  @Override
  public long read(ByteBuffer[] targets, int offset, int count) throws IOException {
    // Whoever asks for several buffers gets the first one filled, which is what a short read is.
    for (int i = offset; i < offset + count; i++) {
      if (targets[i].hasRemaining()) {
        return read(targets[i]);
      }
    }
    return 0;
  }

  private void again(HttpServerExchange ended, AbstractServerConnection connection) {
    length = 0;
    within = !ended.isUpgrade() && ended.isPersistent();
    PooledByteBuffer early = connection.getExtraBytes();
    if (within && early != null) {
      ByteBuffer bytes = early.getBuffer();
      look(bytes, bytes.position(), bytes.limit());
    }
  }

  private void look(ByteBuffer bytes, int from, int to) {
    for (int i = from; i < to; i++) {
      byte next = bytes.get(i);
      if (next == '\n') {
        within = false;
        return;
      }
      tail[length++ % TAIL_BYTES] = next;
    }
  }

  /** What follows the last space, or the end of that. */
  private String version() {
    StringBuilder text = new StringBuilder(TAIL_BYTES);
    for (int i = Math.max(0, length - TAIL_BYTES); i < length; i++) {
      text.append((char) (tail[i % TAIL_BYTES] & 0xFF));
    }
    return text.substring(text.lastIndexOf(" ") + 1).strip();
  }
}
