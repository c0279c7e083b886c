// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.objects;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** Bytes to store, of known length, readable as often as a retry asks. */
interface Content {
  int BUFFER = 1 << 16;

  /**
   * Gives exactly as many bytes as {@link #size} says.
   *
   * @throws IOException when the source cannot be read; {@link #requireReadable} says so from then
   *     on
   */
  InputStream open() throws IOException;

  long size();

  /**
   * Keeps a fault of the source from being taken for one of a server: asked before each attempt to
   * send it, and after one that failed.
   *
   * @throws FileFault when it could not be read to its end before
   */
  default void requireReadable() {}

  static Content of(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    return of(bytes);
  }

  static Content of(byte[] bytes) {
    return new Content() {
      @Override
      public InputStream open() {
        return new ByteArrayInputStream(bytes);
      }

      @Override
      public long size() {
        return bytes.length;
      }
    };
  }

  /** Of as many bytes as the file has now. */
  static Content of(Path file) throws IOException {
    return new FileContent(file, Files.size(file));
  }

  /** Of a file whose size is known. */
  static Content of(Path file, long size, OpenOption... options) {
    return new FileContent(file, size, options);
  }

  default String sha256() throws IOException {
    MessageDigest digest = newDigest();
    byte[] buffer = new byte[Math.clamp(size() + 1, 1, BUFFER)];
    try (InputStream in = open()) {
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        digest.update(buffer, 0, n);
      }
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  static MessageDigest newDigest() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
