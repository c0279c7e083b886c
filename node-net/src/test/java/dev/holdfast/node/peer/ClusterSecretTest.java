// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.peer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class ClusterSecretTest {
  private static final String DIGITS = "0123456789abcdef".repeat(4);
  private static final byte[] TEXT = {1, 2, 3};

  @TempDir Path temp;

  private Path file(String content, String permissions) throws IOException {
    Path file = temp.resolve("secret");
    Files.writeString(file, content);
    return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(permissions));
  }

  @ParameterizedTest
  @ValueSource(strings = {"rw-------", "r--------", "rwx------"})
  void readsAFileOfItsOwnerOnly(String permissions) throws IOException {
    Path file = file(DIGITS + "\n", permissions);

    assertThat(ClusterSecret.read(file).proof().of("test", TEXT))
        .isEqualTo(
            ClusterSecret.of(java.util.HexFormat.of().parseHex(DIGITS)).proof().of("test", TEXT));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"rw-r-----", "rw--w----", "rw---x---", "rw----r--", "rw-----w-", "rw------x"})
  void refusesAFileThatOthersReach(String permissions) throws IOException {
    Path file = file(DIGITS, permissions);

    assertThatThrownBy(() -> ClusterSecret.read(file))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("chmod 600 " + file)
        .hasMessageNotContaining(DIGITS);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "abc", "x", "0123", "zz"})
  void refusesAFileThatIsNoSecretWithoutShowingIt(String content) throws IOException {
    Path file = file(content, "rw-------");

    assertThatThrownBy(() -> ClusterSecret.read(file))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("64 hexadecimal digits");
  }

  @Test
  void makesASecretOnceThatOnlyItsOwnerCanRead() throws IOException {
    Path file = temp.resolve("new/secret");
    ClusterSecret made = ClusterSecret.readOrCreate(file, new SecureRandom());
    ClusterSecret again = ClusterSecret.readOrCreate(file, new SecureRandom());

    assertThat(again.proof().of("test", TEXT)).isEqualTo(made.proof().of("test", TEXT));
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
    try (Stream<Path> files = Files.list(temp.resolve("new"))) {
      assertThat(files).as("no half-written file stays behind").containsExactly(file);
    }
    assertThat(made).hasToString("ClusterSecret");
  }
}
