// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.http;

import io.undertow.conduits.ReadDataStreamSourceConduit;
import io.undertow.server.AbstractServerConnection;
import io.undertow.server.Connectors;
import io.undertow.server.HttpServerExchange;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import org.xnio.IoUtils;
import org.xnio.channels.StreamSinkChannel;
import org.xnio.conduits.AbstractStreamSourceConduit;
import org.xnio.conduits.ConduitReadableByteChannel;
import org.xnio.conduits.StreamSourceConduit;

/**
 * A body in chunks, read to the letter (RFC 9112 §7.1), in the place of Undertow's reader: that one
 * takes a size that is none for 0, the end of the body, and whatever stands before a line feed for
 * the end of a line. What was sent as one body was stored as another.
 *
 * <p>Trailers are read and thrown away. Bytes behind the end are lost, so such a request must be
 * the last one of its connection.
 */
final class ChunkedBody extends AbstractStreamSourceConduit<StreamSourceConduit> {
  /** Of a size with its extensions, and of all trailers together. */
  static final int LINE_BYTES_MAX = 8 << 10;

  /** Any of fewer digits is a long. */
  private static final int DIGITS_MAX = 15;

  private enum At {
    SIZE,
    EXTENSION,
    SIZE_LF,
    DATA,
    DATA_CR,
    DATA_LF,
    TRAILER_START,
    TRAILER,
    TRAILER_LF,
    LAST_LF,
    END,
    /** Nothing has a meaning any more; the rest is only read so that the client reads an answer. */
    BROKEN
  }

  private final HttpServerExchange exchange;
  private final ByteBuffer raw = ByteBuffer.allocate(LINE_BYTES_MAX).flip();
  private At at = At.SIZE;
  private long size;
  private int digits;
  private int lineBytes;
  private boolean spaced;
  private boolean colon;

  private ChunkedBody(StreamSourceConduit next, HttpServerExchange exchange) {
    super(next);
    this.exchange = exchange;
  }

  /** Before anybody reads the body. */
  static void replace(HttpServerExchange exchange) {
    AbstractServerConnection connection = (AbstractServerConnection) exchange.getConnection();
    StreamSourceConduit bytes =
        new ReadDataStreamSourceConduit(connection.getOriginalSourceConduit(), connection);
    connection.getChannel().getSourceChannel().setConduit(new ChunkedBody(bytes, exchange));
  }

  /** The client's mistake: what it sent has no meaning. */
  static final class MalformedException extends IOException {
    private static final long serialVersionUID = 1L;

    MalformedException(String message) {
      super(message);
    }
  }

  @Override
  public int read(ByteBuffer target) throws IOException {
    int read = 0;
    while (at != At.END && target.hasRemaining()) {
      if (!raw.hasRemaining() && !refill(read)) {
        return read;
      }
      if (at == At.DATA || at == At.BROKEN) {
        read += data(target);
      } else {
        framing(raw.get());
      }
    }
    return read == 0 && at == At.END ? -1 : read;
  }

  /** Returns whether there are bytes. */
  private boolean refill(int read) throws IOException {
    raw.clear();
    int got;
    try {
      got = next.read(raw);
    } finally {
      raw.flip();
    }
    if (got < 0 && read == 0) {
      throw new ClosedChannelException();
    }
    return got > 0;
  }

  private int data(ByteBuffer target) {
    int length = Math.min(raw.remaining(), target.remaining());
    if (at == At.DATA) {
      length = (int) Math.min(length, size);
      size -= length;
      at = size == 0 ? At.DATA_CR : At.DATA;
    }
    target.put(raw.slice().limit(length));
    raw.position(raw.position() + length);
    return length;
  }

  private void framing(byte next) throws MalformedException {
    if (++lineBytes > LINE_BYTES_MAX) {
      throw malformed("a line of it is longer than " + LINE_BYTES_MAX + " bytes");
    }
    switch (at) {
      case SIZE -> size(next);
      case EXTENSION -> extension(next);
      case SIZE_LF -> {
        require(next, '\n', "a chunk's size");
        lineBytes = 0;
        at = size == 0 ? At.TRAILER_START : At.DATA;
      }
      case DATA_CR -> {
        require(next, '\r', "a chunk");
        at = At.DATA_LF;
      }
      case DATA_LF -> {
        require(next, '\n', "a chunk");
        begin();
      }
      case TRAILER_START -> {
        colon = false;
        at = next == '\r' ? At.LAST_LF : At.TRAILER;
        if (at == At.TRAILER) {
          trailer(next);
        }
      }
      case TRAILER -> trailer(next);
      case TRAILER_LF -> {
        require(next, '\n', "a trailer");
        at = At.TRAILER_START;
      }
      case LAST_LF -> {
        require(next, '\n', "the body");
        at = At.END;
        Connectors.terminateRequest(exchange);
      }
      case DATA, END, BROKEN -> throw new IllegalStateException("no framing at " + at);
    }
  }

  private void begin() {
    at = At.SIZE;
    size = 0;
    digits = 0;
    lineBytes = 0;
    spaced = false;
  }

  private void size(byte next) throws MalformedException {
    int digit = Character.digit(next, 16);
    if (digit >= 0 && digits == DIGITS_MAX) {
      throw malformed("a chunk's size has more than " + DIGITS_MAX + " digits");
    } else if (digit >= 0) {
      size = size * 16 + digit;
      digits++;
    } else if (digits == 0) {
      throw malformed("a chunk's size is no hexadecimal number");
    } else if (next == '\r') {
      at = At.SIZE_LF;
    } else if (next == ';') {
      at = At.EXTENSION;
    } else if (next == ' ' || next == '\t') {
      spaced = true;
      at = At.EXTENSION;
    } else {
      throw malformed("a chunk's size is no hexadecimal number");
    }
  }

  /** Extensions mean nothing here (§7.1.1). White space may come before one, not instead. */
  private void extension(byte next) throws MalformedException {
    if (spaced && next != ' ' && next != '\t' && next != ';') {
      throw malformed("a chunk's size is followed by white space");
    }
    spaced &= next != ';';
    if (next == '\r') {
      at = At.SIZE_LF;
    } else if (isControl(next)) {
      throw malformed("a chunk's extension has a control character");
    }
  }

  private void trailer(byte next) throws MalformedException {
    if (next == '\r' && colon) {
      at = At.TRAILER_LF;
    } else if (isControl(next)) {
      throw malformed("a trailer has a control character, or no colon");
    } else {
      colon |= next == ':';
    }
  }

  private static boolean isControl(byte next) {
    return (next >= 0 && next < ' ' && next != '\t') || next == 0x7F;
  }

  private void require(byte next, char wanted, String what) throws MalformedException {
    if (next != wanted) {
      throw malformed(what + " does not end with a line break");
    }
  }

  private MalformedException malformed(String why) {
    at = At.BROKEN;
    exchange.setPersistent(false);
    return new MalformedException(why);
  }

  @Override
  public long read(ByteBuffer[] targets, int offset, int count) throws IOException {
    for (int i = offset; i < offset + count; i++) {
      if (targets[i].hasRemaining()) {
        return read(targets[i]);
      }
    }
    return 0;
  }

  @Override
  public long transferTo(long position, long count, FileChannel target) throws IOException {
    return target.transferFrom(new ConduitReadableByteChannel(this), position, count);
  }

  @Override
  public long transferTo(long count, ByteBuffer through, StreamSinkChannel target)
      throws IOException {
    return IoUtils.transfer(new ConduitReadableByteChannel(this), count, through, target);
  }
}
