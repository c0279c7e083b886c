// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.objects;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * A file as long as it was when it was found: of one that grows meanwhile, a log, the rest comes
 * with the next {@code put}; one that shrinks cannot be stored.
 */
final class FileContent implements Content {
  private final Path file;
  private final long size;
  private final OpenOption[] options;
  private final AtomicReference<@Nullable FileFault> fault = new AtomicReference<>();

  FileContent(Path file, long size, OpenOption... options) {
    this.file = file;
    this.size = size;
    this.options = options.clone();
  }

  @Override
  public InputStream open() throws IOException {
    try {
      return new Exactly(Files.newInputStream(file, options));
    } catch (IOException e) {
      fault.compareAndSet(null, new FileFault(e));
      throw e;
    }
  }

  @Override
  public long size() {
    return size;
  }

  @Override
  public void requireReadable() {
    FileFault found = fault.get();
    if (found != null) {
      throw found;
    }
  }

  /** Ends after as many bytes as the file had. */
  private final class Exactly extends FilterInputStream {
    private long left = size;

    Exactly(InputStream in) {
      super(in);
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
      if (left == 0) {
        return -1;
      }
      try {
        int n = super.read(buffer, offset, (int) Math.min(length, left));
        if (n < 0) {
          throw new IOException("it has become shorter than its " + size + " bytes");
        }
        left -= n;
        return n;
      } catch (IOException e) {
        fault.compareAndSet(null, new FileFault(e));
        throw e;
      }
    }
  }
}
