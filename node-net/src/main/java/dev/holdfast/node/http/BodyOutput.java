// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.http;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.Objects;
import org.xnio.channels.StreamSinkChannel;

/** The response's body: writes block until the socket took them, so nothing piles up. */
final class BodyOutput extends OutputStream {
  private static final int BUFFER_BYTES = 16 << 10;

  private final StreamSinkChannel channel;
  private final BodyPace pace;
  private final ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES);
  private boolean closed;

  BodyOutput(StreamSinkChannel channel, BodyPace pace) {
    this.channel = channel;
    this.pace = pace;
  }

  @Override
  public void write(int value) throws IOException {
    write(new byte[] {(byte) value}, 0, 1);
  }

  @Override
  public void write(byte[] source, int offset, int length) throws IOException {
    Objects.checkFromIndexSize(offset, length, source.length);
    if (closed) {
      throw new IOException("The response is already complete");
    }
    if (length > buffer.remaining()) {
      writeBuffer();
    }
    if (length >= BUFFER_BYTES) {
      writeFully(ByteBuffer.wrap(source, offset, length));
    } else {
      buffer.put(source, offset, length);
    }
  }

  @Override
  public void flush() throws IOException {
    if (!closed) {
      writeBuffer();
      flushChannel();
    }
  }

  /** Ends the response: fails when fewer bytes were written than the length that was announced. */
  @Override
  public void close() throws IOException {
    if (!closed) {
      closed = true;
      writeBuffer();
      channel.shutdownWrites();
      flushChannel();
    }
  }

  boolean isClosed() {
    return closed;
  }

  private void writeBuffer() throws IOException {
    writeFully(buffer.flip());
    buffer.clear();
  }

  private void writeFully(ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      int written = channel.write(bytes);
      pace.moved(written);
      if (written == 0) {
        awaitWritable();
      }
    }
  }

  private void flushChannel() throws IOException {
    while (!channel.flush()) {
      awaitWritable();
    }
  }

  private void awaitWritable() throws IOException {
    pace.await(timeout -> Readiness.awaitWritable(channel, timeout));
  }
}
