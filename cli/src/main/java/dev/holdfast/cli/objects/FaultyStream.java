// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.objects;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * A stream that remembers its own fault, which would look like one of the server that it went to.
 */
final class FaultyStream extends FilterInputStream {
  private volatile @Nullable FileFault fault;

  private FaultyStream(InputStream in) {
    super(in);
  }

  /**
   * @throws FileFault when it cannot be opened
   */
  static FaultyStream open(Path path) {
    try {
      return new FaultyStream(Files.newInputStream(path));
    } catch (IOException e) {
      throw new FileFault(e);
    }
  }

  /**
   * @throws FileFault when it could not be read to its end
   */
  void requireReadable() {
    FileFault found = fault;
    if (found != null) {
      throw found;
    }
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] buffer, int offset, int length) throws IOException {
    try {
      return super.read(buffer, offset, length);
    } catch (IOException e) {
      fault = new FileFault(e);
      throw e;
    }
  }
}
