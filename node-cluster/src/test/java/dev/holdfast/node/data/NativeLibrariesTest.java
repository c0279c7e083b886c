// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class NativeLibrariesTest {
  @TempDir private Path temp;

  @Test
  void whatAKilledNodeLeftIsRemoved() throws IOException {
    Path folder = Files.createDirectory(temp.resolve("natives"));
    Files.writeString(folder.resolve("lmdbjava-native-library-1.so"), "left behind");

    assertThat(NativeLibraries.choose(folder, temp, _ -> true)).isEqualTo(folder);
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void whatCannotRunHereRunsInTheTemporaryFolderOrIsRefusedInOneSentence() throws IOException {
    Path folder = Files.createDirectory(temp.resolve("natives"));

    assertThat(NativeLibraries.choose(folder, temp, temp::equals)).isEqualTo(temp);
    assertThatThrownBy(() -> NativeLibraries.choose(folder, temp, _ -> false))
        .isInstanceOf(DataFolderException.class)
        .hasMessageContaining("noexec")
        .hasMessageContaining("-Djava.io.tmpdir=DIR");
    assertThat(NativeLibraries.allowsCode(temp)).isTrue();
    assertThat(folder).as("the probe is gone").isEmptyDirectory();
  }
}
