// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.peer;

import dev.holdfast.spi.coordinator.support.SecretProof;
import dev.holdfast.spi.system.DurableFiles;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.Set;

/** What all nodes of one cluster know: 32 random bytes, in a file that only its owner can read. */
public final class ClusterSecret {
  private static final Set<PosixFilePermission> OWNER_ONLY =
      PosixFilePermissions.fromString("rw-------");

  private final SecretProof proof;

  private ClusterSecret(SecretProof proof) {
    this.proof = proof;
  }

  public static ClusterSecret of(byte[] key) {
    return new ClusterSecret(new SecretProof(key));
  }

  /**
   * Reads the file.
   *
   * @throws IOException it is missing, others can read it, or it is not 64 hexadecimal digits
   */
  public static ClusterSecret read(Path file) throws IOException {
    Set<PosixFilePermission> others = EnumSet.copyOf(Files.getPosixFilePermissions(file));
    others.removeIf(permission -> permission.name().startsWith("OWNER"));
    if (!others.isEmpty()) {
      throw new IOException(
          "The cluster secret %s can be read by others (%s). Run: chmod 600 %s"
              .formatted(
                  file, PosixFilePermissions.toString(Files.getPosixFilePermissions(file)), file));
    }
    String text = Files.readString(file).strip();
    try {
      return of(HexFormat.of().parseHex(text));
    } catch (IllegalArgumentException e) {
      throw new IOException(
          "The cluster secret " + file + " is not 64 hexadecimal digits: " + e.getMessage(), e);
    }
  }

  /** Reads the file, or makes a new secret when there is none; durable when this returns. */
  public static ClusterSecret readOrCreate(Path file, SecureRandom random) throws IOException {
    byte[] key = new byte[SecretProof.KEY_BYTES];
    random.nextBytes(key);
    Path parent = file.toAbsolutePath().getParent();
    if (parent == null) {
      throw new IOException("The cluster secret " + file + " is not a file in a folder");
    }
    Files.createDirectories(parent);
    try {
      // Written under another name, so that a crash never leaves half a secret behind.
      Path fresh =
          Files.createTempFile(
              parent, "secret", ".new", PosixFilePermissions.asFileAttribute(OWNER_ONLY));
      try (FileChannel channel = FileChannel.open(fresh, StandardOpenOption.WRITE)) {
        ByteBuffer text =
            ByteBuffer.wrap(
                (HexFormat.of().formatHex(key) + "\n")
                    .getBytes(java.nio.charset.StandardCharsets.US_ASCII));
        while (text.hasRemaining()) {
          channel.write(text);
        }
        channel.force(true);
      }
      try {
        Files.createLink(file, fresh);
      } finally {
        Files.delete(fresh);
      }
      DurableFiles.sync(parent);
      return of(key);
    } catch (FileAlreadyExistsException e) {
      return read(file);
    }
  }

  /** What shows others that this node knows it. */
  public SecretProof proof() {
    return proof;
  }

  /** Never the secret itself. */
  @Override
  public String toString() {
    return "ClusterSecret";
  }
}
