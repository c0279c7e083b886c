// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.testkit.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class NodeJdkTest {
  @TempDir private Path folder;

  @Test
  void aNamedOneGoesBeforeAnInstalledOne() throws IOException {
    Path installed = jdk("installed/a", "25.0.1");
    Path named = jdk("named", "25");
    Path other = jdk("other", "25");

    assertThat(find(Map.of("HOLDFAST_JAVA_HOME", named.toString(), "JAVA_HOME", other.toString())))
        .isEqualTo(named);
    assertThat(find(Map.of("JAVA_HOME", other.toString()))).isEqualTo(other);
    assertThat(find(Map.of("JAVA_HOME", ""))).isEqualTo(installed);
  }

  @Test
  void oneOfAnotherVersionIsPassedOver() throws IOException {
    Path old = jdk("installed/a", "17.0.19");
    Path newer = jdk("installed/b", "250");
    Path right = jdk("installed/c", "25.0.1");

    assertThat(find(Map.of("HOLDFAST_JAVA_HOME", old.toString(), "JAVA_HOME", newer.toString())))
        .isEqualTo(right);
  }

  @Test
  void saysWhatToDoWhenThereIsNone() {
    assertThatThrownBy(() -> find(Map.of()))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("JDK 25")
        .hasMessageContaining("set HOLDFAST_JAVA_HOME");
  }

  private Path find(Map<String, String> environment) {
    return NodeJdk.find(environment, folder.resolve("installed"));
  }

  private Path jdk(String name, String version) throws IOException {
    Path home = folder.resolve(name);
    Path java = Files.createDirectories(home.resolve("bin")).resolve("java");
    Files.writeString(java, "");
    assertThat(java.toFile().setExecutable(true)).isTrue();
    Files.writeString(
        home.resolve("release"), "IMPLEMENTOR=\"x\"\nJAVA_VERSION=\"" + version + "\"\n");
    return home;
  }
}
