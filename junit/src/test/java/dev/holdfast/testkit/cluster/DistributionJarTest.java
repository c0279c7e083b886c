// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.testkit.cluster;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class DistributionJarTest {
  private static final Map<String, String> CONTENT =
      Map.of(
          "META-INF/other", "no",
          "holdfast/bin/holdfast", "#!/bin/sh\n",
          "holdfast/lib/a.jar", "a",
          "holdfast/conf/jvm.flags", "-Da=b");

  @TempDir private Path folder;

  @Test
  void unpacksWhatLiesBelowItsRootWithAnExecutableLauncher() throws IOException {
    Path home = unpack(CONTENT);

    try (Stream<Path> files = Files.walk(home).filter(Files::isRegularFile)) {
      assertThat(files.map(file -> home.relativize(file).toString()))
          .containsExactlyInAnyOrder("bin/holdfast", "lib/a.jar", "conf/jvm.flags");
    }
    assertThat(home.resolve("bin/holdfast")).isExecutable();
    assertThat(home.resolve("lib/a.jar")).hasContent("a");
  }

  @Test
  void unpacksTheSameContentOnceAndAnotherOneBesideIt() throws IOException {
    Path first = unpack(CONTENT);
    Files.writeString(first.resolve("mark"), "kept");

    assertThat(unpack(CONTENT)).isEqualTo(first);
    assertThat(first.resolve("mark")).exists();
    Map<String, String> changed = new TreeMap<>(CONTENT);
    changed.put("holdfast/lib/a.jar", "b");
    assertThat(unpack(changed)).isNotEqualTo(first);
    assertThat(names()).hasSize(2).allMatch(name -> name.startsWith("distribution-"));
  }

  @Test
  void removesWhatNobodyHasUsedForAMonth() throws IOException {
    Path old = unpack(CONTENT);
    Files.setLastModifiedTime(old, FileTime.from(Instant.now().minus(Duration.ofDays(31))));
    Map<String, String> changed = new TreeMap<>(CONTENT);
    changed.put("holdfast/lib/a.jar", "b");

    unpack(changed);

    assertThat(old).doesNotExist();
  }

  @Test
  void aJarThatLeadsOutIsRefusedAndLeavesNothing() {
    Map<String, String> evil = new TreeMap<>(CONTENT);
    evil.put("holdfast/../../evil", "x");

    assertThatThrownBy(() -> unpack(evil)).hasMessageContaining("leads out");

    assertThat(names()).isEmpty();
    assertThat(folder.resolve("evil")).doesNotExist();
  }

  @Test
  void theCacheIsTheUsersFolderUnlessItIsNamed() {
    assertThat(DistributionJar.cache(Map.of("XDG_CACHE_HOME", "/caches")))
        .isEqualTo(Path.of("/caches/holdfast"));
    assertThat(DistributionJar.cache(Map.of("XDG_CACHE_HOME", "not/absolute")))
        .isEqualTo(Path.of(System.getProperty("user.home"), ".cache", "holdfast"));
  }

  private Path unpack(Map<String, String> content) throws IOException {
    Path jar = folder.resolve("d.jar");
    try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar))) {
      for (Map.Entry<String, String> entry : new TreeMap<>(content).entrySet()) {
        out.putNextEntry(new JarEntry(entry.getKey()));
        out.write(entry.getValue().getBytes(UTF_8));
      }
    }
    try (JarFile read = new JarFile(jar.toFile())) {
      return DistributionJar.unpack(read, folder.resolve("cache"));
    }
  }

  private List<String> names() {
    try (Stream<Path> all = Files.list(folder.resolve("cache"))) {
      return all.map(path -> path.getFileName().toString()).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
