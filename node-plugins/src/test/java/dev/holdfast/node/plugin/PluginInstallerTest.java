// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.plugin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import org.apache.commons.compress.archivers.zip.ZipArchiveEntry;
import org.apache.commons.compress.archivers.zip.ZipArchiveOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PluginInstallerTest {
  private static final byte[] TEXT = "text".getBytes(StandardCharsets.UTF_8);

  @TempDir Path temp;
  private Path plugins;
  private PluginInstaller installer;
  private byte[] jar = {};

  @BeforeEach
  void folders() throws IOException {
    plugins = temp.resolve("data/plugins");
    Files.createDirectories(temp.resolve("data"));
    installer = new PluginInstaller(plugins);
    jar =
        new PluginKit(Files.createDirectories(temp.resolve("work")))
            .jar(Map.of("demo.Entry", "package demo; public class Entry {}"), Map.of());
  }

  @Test
  void installsReplacesAndRemoves() throws Exception {
    assertThat(installer.install(good("1.0.0")))
        .isEqualTo(new PluginInstaller.Installed("p", "1.0.0", Optional.empty()));
    assertThat(tree(plugins))
        .containsExactly(".lock", "p", "p/lib", "p/lib/p.jar", "p/plugin.yaml");
    Files.writeString(plugins.resolve("p/left-over.txt"), "of the old version");

    assertThat(installer.install(good("2.0.0")))
        .isEqualTo(new PluginInstaller.Installed("p", "2.0.0", Optional.of("1.0.0")));
    assertThat(tree(plugins))
        .containsExactly(".lock", "p", "p/lib", "p/lib/p.jar", "p/plugin.yaml");
    assertThat(Files.readString(plugins.resolve("p/plugin.yaml"))).contains("2.0.0");

    assertThat(installer.remove("p")).isTrue();
    assertThat(installer.remove("p")).isFalse();
    assertThat(tree(plugins)).containsExactly(".lock");
    assertThatThrownBy(() -> installer.remove("../p")).hasMessageContaining("no id of a plugin");
  }

  @Test
  void endsAnInstallationThatACrashInterruptedAtAnyPoint() throws Exception {
    // Staged only: it did not happen.
    installer.install(good("1.0.0"));
    Files.createDirectories(plugins.resolve(".staging/zip/lib"));
    PluginInstaller.recover(plugins);
    assertInstalled("1.0.0");

    // Decided, the old one still in place: it happens.
    PluginKit.folder(plugins.resolve(".next"), "p", yaml("2.0.0"), Map.of("p.jar", jar));
    PluginInstaller.recover(plugins);
    assertInstalled("2.0.0");

    // Decided, the old one away: it happens.
    Files.createDirectories(plugins.resolve(".old"));
    Files.createDirectories(plugins.resolve(".next"));
    PluginKit.folder(plugins.resolve(".next"), "p", yaml("3.0.0"), Map.of("p.jar", jar));
    Files.move(plugins.resolve("p"), plugins.resolve(".old/p"));
    PluginInstaller.recover(plugins);
    assertInstalled("3.0.0");

    // Done, the old one not yet deleted.
    PluginKit.folder(plugins.resolve(".old"), "p", yaml("1.0.0"), Map.of());
    PluginInstaller.recover(plugins);
    assertInstalled("3.0.0");
  }

  @Test
  void refusesNamesThatLeadElsewhereAndWritesNothing() throws Exception {
    for (String name :
        List.of(
            "../evil",
            "lib/../../evil",
            "/evil",
            "C:/evil",
            "lib\\..\\evil",
            "lib//evil",
            "./evil",
            "lib/./evil",
            "evil\n",
            "..",
            "x".repeat(300))) {
      assertRefused(zip(Map.of("plugin.yaml", TEXT, name, TEXT)), ": The name ", name);
    }
    assertThat(temp.resolve("evil")).doesNotExist();
    assertThat(temp.resolve("data/evil")).doesNotExist();
    assertThat(Path.of("/evil")).doesNotExist();
  }

  @Test
  void refusesNamesThatCollide() throws Exception {
    assertRefused(entries(file("a"), file("a")), "stands twice", "duplicate");
    assertRefused(entries(file("lib/a"), file("lib/A")), "in case only", "case");
    assertRefused(entries(file("lib/a"), file("LIB/b")), "in case only", "case of a folder");
    assertRefused(entries(file("é"), file("e\u0301")), "in case only", "composed or not");
    assertRefused(entries(file("lib"), file("lib/a")), "a file and a folder", "file and folder");
  }

  @Test
  void refusesLinksAndSpecialFiles() throws Exception {
    for (int mode : List.of(0120777, 0020666, 0010666)) {
      ZipArchiveEntry entry = file("link");
      entry.setUnixMode(mode);
      assertRefused(entries(entry), "symbolic link or a special file", Integer.toOctalString(mode));
    }
  }

  @Test
  void refusesBombs() throws Exception {
    Map<String, byte[]> many = new LinkedHashMap<>();
    for (int i = 0; i <= PluginZip.MAX_ENTRIES; i++) {
      many.put("f" + i, new byte[0]);
    }
    assertRefused(zip(many), "2001 entries", "entries");
    assertRefused(zip(Map.of("zeros", new byte[20 << 20])), "packed more than", "ratio");
    assertRefused(
        zip(Map.of("big", new byte[(128 << 20) + 1])), "Unpacked it has more than", "file size");

    byte[] bytes = Files.readAllBytes(stored("plugin.yaml", TEXT));
    bytes[new String(bytes, StandardCharsets.ISO_8859_1).indexOf("text")]++;
    assertRefused(Files.write(temp.resolve("crc.zip"), bytes), "checksum", "checksum");
  }

  @Test
  void refusesWhatIsNoPlugin() throws Exception {
    assertRefused(temp.resolve("missing.zip"), "no such file", "missing");
    assertRefused(Files.write(temp.resolve("text.zip"), TEXT), "not a readable zip", "no zip");
    byte[] whole = Files.readAllBytes(good("1.0.0"));
    assertRefused(
        Files.write(temp.resolve("cut.zip"), Arrays.copyOf(whole, whole.length / 2)),
        "not a readable zip",
        "cut");
    assertRefused(zip(Map.of("p/plugin.yaml", TEXT)), "plugin.yaml: It lies in p/", "wrapped");
    assertRefused(
        zip(Map.of("plugin.yaml", yaml("1").getBytes(StandardCharsets.UTF_8), "lib/p.jar", jar)),
        "not a semantic version",
        "descriptor");
    assertRefused(
        zip(
            Map.of(
                "plugin.yaml",
                yaml("1.0.0").getBytes(StandardCharsets.UTF_8),
                "lib/p.jar",
                Files.readAllBytes(
                    zip(Map.of("demo/Entry.class", TEXT, "dev/holdfast/spi/X.class", TEXT))))),
        "contains SPI classes",
        "spi");
  }

  private void assertRefused(Path zip, String message, String what) throws IOException {
    List<String> before = tree(temp);
    assertThatThrownBy(() -> installer.install(zip))
        .as(what)
        .isInstanceOf(PluginRefusedException.class)
        .hasMessageContaining(message);
    List<String> after = new ArrayList<>(tree(temp));
    after.removeAll(before);
    assertThat(after)
        .as(what)
        .isSubsetOf("data/plugins", "data/plugins/.lock", "data/plugins/.staging");
  }

  private void assertInstalled(String version) throws IOException {
    assertThat(tree(plugins))
        .containsExactly(".lock", "p", "p/lib", "p/lib/p.jar", "p/plugin.yaml");
    assertThat(Files.readString(plugins.resolve("p/plugin.yaml"))).contains("version: " + version);
  }

  private static String yaml(String version) {
    return PluginKit.yaml("p", "demo.Entry").replace("1.2.3", version);
  }

  @Test
  void aZipWithOneTopFolderIsToldWhereThePluginLies() {
    Path zip =
        zip(
            Map.of(
                "mine-1.0/plugin.yaml",
                yaml("1.0.0").getBytes(StandardCharsets.UTF_8),
                "mine-1.0/lib/p.jar",
                jar));

    assertThatThrownBy(() -> installer.install(zip))
        .isInstanceOf(PluginRefusedException.class)
        .hasMessageContaining("It lies in mine-1.0/");
  }

  @Test
  void aJarForANewerJavaIsRefused() throws IOException {
    int newer = Runtime.version().feature() + 1;
    byte[] header = {
      (byte) 0xCA, (byte) 0xFE, (byte) 0xBA, (byte) 0xBE, 0, 0, 0, (byte) (44 + newer)
    };
    Path newerJar = temp.resolve("newer.jar");
    PluginKit.zip(newerJar, Map.of("demo/Entry.class", header));
    byte[] newerBytes = Files.readAllBytes(newerJar);
    Map<String, byte[]> content = new LinkedHashMap<>();
    content.put("plugin.yaml", yaml("1.0.0").getBytes(StandardCharsets.UTF_8));
    content.put("lib/p.jar", newerBytes);

    assertThatThrownBy(() -> installer.install(zip(content)))
        .isInstanceOf(PluginRefusedException.class)
        .hasMessageContaining("compiled for Java " + newer)
        .hasMessageContaining("--release " + (newer - 1));
  }

  private Path good(String version) {
    return zip(
        Map.of("plugin.yaml", yaml(version).getBytes(StandardCharsets.UTF_8), "lib/p.jar", jar));
  }

  private Path zip(Map<String, byte[]> content) {
    Path zip = temp.resolve("some.zip");
    PluginKit.zip(zip, content);
    return zip;
  }

  private static ZipArchiveEntry file(String name) {
    return new ZipArchiveEntry(name);
  }

  private Path entries(ZipArchiveEntry... entries) throws IOException {
    Path zip = temp.resolve("some.zip");
    try (OutputStream file = Files.newOutputStream(zip);
        ZipArchiveOutputStream out = new ZipArchiveOutputStream(file)) {
      for (ZipArchiveEntry entry : entries) {
        out.putArchiveEntry(entry);
        out.write(TEXT);
        out.closeArchiveEntry();
      }
    }
    return zip;
  }

  /** A zip whose only file is not compressed. */
  private Path stored(String name, byte[] content) throws IOException {
    Path zip = temp.resolve("stored.zip");
    try (OutputStream file = Files.newOutputStream(zip);
        ZipArchiveOutputStream out = new ZipArchiveOutputStream(file)) {
      out.setMethod(ZipArchiveEntry.STORED);
      ZipArchiveEntry entry = new ZipArchiveEntry(name);
      CRC32 crc = new CRC32();
      crc.update(content);
      entry.setSize(content.length);
      entry.setCrc(crc.getValue());
      out.putArchiveEntry(entry);
      out.write(content);
      out.closeArchiveEntry();
    }
    return zip;
  }

  private static List<String> tree(Path folder) throws IOException {
    try (Stream<Path> paths = Files.walk(folder)) {
      return paths
          .filter(path -> !path.equals(folder))
          .map(path -> folder.relativize(path).toString())
          .sorted()
          .toList();
    }
  }
}
