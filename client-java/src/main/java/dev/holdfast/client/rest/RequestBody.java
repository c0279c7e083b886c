// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.client.rest;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/** The bytes that a request sends. */
public interface RequestBody {
  /** {@link #length} of what is read to its end. */
  long UNKNOWN_LENGTH = -1;

  RequestBody NONE = of(new byte[0]);

  /** The bytes from their beginning; called for each attempt, the caller closes it. */
  InputStream open() throws IOException;

  /** In bytes, or {@link #UNKNOWN_LENGTH}. Of a known length exactly so many must come. */
  long length();

  /** False when {@link #open} works once. */
  default boolean isRepeatable() {
    return true;
  }

  static RequestBody of(byte[] bytes) {
    return new RequestBody() {
      @Override
      public InputStream open() {
        return new ByteArrayInputStream(bytes);
      }

      @Override
      public long length() {
        return bytes.length;
      }
    };
  }

  static RequestBody of(Path file) throws IOException {
    long length = Files.size(file);
    return new RequestBody() {
      @Override
      public InputStream open() throws IOException {
        return Files.newInputStream(file);
      }

      @Override
      public long length() {
        return length;
      }
    };
  }

  /**
   * What a stream gives, once.
   *
   * @param length {@link #UNKNOWN_LENGTH} to send until it ends
   */
  static RequestBody once(InputStream stream, long length) {
    return new RequestBody() {
      @Override
      public InputStream open() {
        return stream;
      }

      @Override
      public long length() {
        return length;
      }

      @Override
      public boolean isRepeatable() {
        return false;
      }
    };
  }
}
