// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.it;

import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;

/** Packs plugins that are wrong in one way each; what they are made of is compiled here. */
final class FaultyPlugins {
  private final Path folder;

  FaultyPlugins(Path folder) {
    this.folder = folder;
  }

  /** A descriptor that is in order. */
  static String yaml(String id) {
    return "id: %s\nversion: 1.0.0\nspi: \">=1.0 <2\"\nentry: faulty.Entry\n".formatted(id);
  }

  /** A zip with these files. */
  Path zip(String name, Map<String, byte[]> files) throws IOException {
    Path zip = folder.resolve(name + ".zip");
    Files.write(zip, zipped(files));
    return zip;
  }

  /**
   * A plugin that installs well.
   *
   * @param constructor what the constructor of its entry class does
   * @param choose what its policy {@code default} does when it is asked for nodes
   */
  Path plugin(String yaml, String id, String constructor, String choose) throws IOException {
    String source =
        """
        package faulty;
        import dev.holdfast.spi.placement.*;
        import dev.holdfast.spi.plugin.*;
        import java.util.*;
        public class Entry implements Plugin, PlacementPolicy {
          public Entry() { %s }
          public void start(PluginContext context) {}
          public Map<String, PlacementPolicy> placementPolicies() { return Map.of("default", this); }
          public Choice choose(Request request) { %s }
          public Verdict isSatisfied(Request r, Set<String> holders) { throw new IllegalStateException("isSatisfied"); }
          public Surplus mayGo(Request r, Set<String> holders) { throw new IllegalStateException("mayGo"); }
        }
        """
            .formatted(constructor, choose);
    return zip(id, Map.of("plugin.yaml", utf8(yaml), "lib/" + id + ".jar", jar(id, source)));
  }

  private byte[] jar(String id, String source) throws IOException {
    Path classes = Files.createDirectories(folder.resolve(id));
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    boolean compiled =
        compiler
            .getTask(
                null,
                null,
                null,
                List.of(
                    "-proc:none",
                    "-d",
                    classes.toString(),
                    "-cp",
                    System.getProperty("java.class.path")),
                null,
                List.of(new Source(source)))
            .call();
    if (!compiled) {
      throw new IllegalStateException("Cannot compile " + id);
    }
    Map<String, byte[]> files = new LinkedHashMap<>();
    try (Stream<Path> all = Files.walk(classes)) {
      for (Path file : all.filter(Files::isRegularFile).sorted().toList()) {
        files.put(classes.relativize(file).toString(), Files.readAllBytes(file));
      }
    }
    return zipped(files);
  }

  private static byte[] zipped(Map<String, byte[]> files) throws IOException {
    var bytes = new java.io.ByteArrayOutputStream();
    try (ZipOutputStream out = new ZipOutputStream(bytes)) {
      for (var file : files.entrySet()) {
        out.putNextEntry(new ZipEntry(file.getKey()));
        out.write(file.getValue());
        out.closeEntry();
      }
    }
    return bytes.toByteArray();
  }

  static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static final class Source extends SimpleJavaFileObject {
    private final String text;

    Source(String text) {
      super(URI.create("string:///faulty/Entry.java"), JavaFileObject.Kind.SOURCE);
      this.text = text;
    }

    @Override
    public CharSequence getCharContent(boolean ignoreEncodingErrors) {
      return text;
    }
  }
}
