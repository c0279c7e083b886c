// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.cluster;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;

/** The lines of a file as bytes, since a checksum is over bytes; none is longer than a limit. */
final class StateLines implements AutoCloseable {
  /** An entry of the largest size that a commit takes, in Base64, and its name in escapes. */
  static final int LINE_BYTES_MAX = 2 << 20;

  private final InputStream in;

  StateLines(InputStream in) {
    this.in = new BufferedInputStream(in, 64 << 10);
  }

  /**
   * Without its line feed; null at the end.
   *
   * @throws EOFException the last line has none
   */
  byte @Nullable [] next() throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream(256);
    for (int next = in.read(); next != '\n'; next = in.read()) {
      if (next < 0 && line.size() == 0) {
        return null;
      }
      if (next < 0) {
        throw new EOFException("it ends within this line");
      }
      if (line.size() == LINE_BYTES_MAX) {
        throw new IOException("it has more than " + LINE_BYTES_MAX + " bytes");
      }
      line.write(next);
    }
    return line.toByteArray();
  }

  @Override
  public void close() throws IOException {
    in.close();
  }
}
