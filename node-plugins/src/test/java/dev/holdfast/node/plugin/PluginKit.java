// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.plugin;

import dev.holdfast.spi.placement.ClusterMap;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import javax.tools.DiagnosticCollector;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.StandardJavaFileManager;
import javax.tools.StandardLocation;
import javax.tools.ToolProvider;

/** Makes real plugins for tests: compiles sources, packs jars, writes folders and zips. */
final class PluginKit {
  private final Path work;
  private int compiled;

  PluginKit(Path work) {
    this.work = work;
  }

  static String yaml(String id, String entry) {
    return "id: %s\nversion: 1.2.3\nspi: \">=1.0 <2\"\nentry: %s\n".formatted(id, entry);
  }

  /** An entry class {@code demo.Entry} whose only policy has this body, the rest of it ordinary. */
  static String entry(String members, String choose) {
    return """
    package demo;
    import dev.holdfast.spi.placement.*;
    import dev.holdfast.spi.plugin.*;
    import java.util.*;
    public class Entry implements Plugin {
      %s
      public void start(PluginContext context) { onStart(context); }
      public Map<String, PlacementPolicy> placementPolicies() {
        return Map.of("default", new PlacementPolicy() {
          final PlacementPolicy ordinary = new DiverseRendezvous(List.of());
          public Choice choose(Request request) { %s }
          public Verdict isSatisfied(Request request, Set<String> holders) {
            return ordinary.isSatisfied(request, holders);
          }
          public Surplus mayGo(Request request, Set<String> holders) {
            return ordinary.mayGo(request, holders);
          }
        });
      }
    }
    """
        .formatted(
            members.contains("onStart")
                ? members
                : members + " void onStart(PluginContext context) {}",
            choose);
  }

  /** A jar of the compiled sources and further files by their path in the jar. */
  byte[] jar(Map<String, String> sources, Map<String, String> files, Path... classPath) {
    try {
      Path classes = Files.createDirectories(work.resolve("classes" + compiled++));
      compile(sources, classes, List.of(classPath));
      Map<String, byte[]> content = new LinkedHashMap<>();
      try (Stream<Path> paths = Files.walk(classes)) {
        for (Path path : paths.filter(Files::isRegularFile).sorted().toList()) {
          content.put(classes.relativize(path).toString(), Files.readAllBytes(path));
        }
      }
      files.forEach((name, text) -> content.put(name, text.getBytes(StandardCharsets.UTF_8)));
      Path jar = work.resolve("jar" + compiled + ".jar");
      zip(jar, content);
      return Files.readAllBytes(jar);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  byte[] entryJar(String members, String choose) {
    return jar(Map.of("demo.Entry", entry(members, choose)), Map.of());
  }

  /** A plugin's folder below {@code plugins}. */
  static Path folder(Path plugins, String id, String yaml, Map<String, byte[]> jars) {
    try {
      Path folder = Files.createDirectories(plugins.resolve(id));
      Files.writeString(folder.resolve("plugin.yaml"), yaml);
      Path lib = Files.createDirectories(folder.resolve("lib"));
      for (var jar : jars.entrySet()) {
        Files.write(lib.resolve(jar.getKey()), jar.getValue());
      }
      return folder;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  Path pluginZip(String yaml, Map<String, byte[]> jars) {
    Map<String, byte[]> content = new LinkedHashMap<>();
    content.put("plugin.yaml", yaml.getBytes(StandardCharsets.UTF_8));
    jars.forEach((name, bytes) -> content.put("lib/" + name, bytes));
    Path zip = work.resolve("plugin" + compiled++ + ".zip");
    zip(zip, content);
    return zip;
  }

  static void zip(Path zip, Map<String, byte[]> content) {
    try (ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(zip))) {
      for (var entry : content.entrySet()) {
        out.putNextEntry(new ZipEntry(entry.getKey()));
        out.write(entry.getValue());
        out.closeEntry();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static ClusterMap map(int size) {
    return new ClusterMap(
        1,
        IntStream.rangeClosed(1, size)
            .mapToObj(i -> new ClusterMap.Node("n" + i, Map.of(), 1000, ClusterMap.State.ACTIVE))
            .toList());
  }

  private static void compile(Map<String, String> sources, Path classes, List<Path> classPath)
      throws IOException {
    if (sources.isEmpty()) {
      return;
    }
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    DiagnosticCollector<JavaFileObject> diagnostics = new DiagnosticCollector<>();
    try (StandardJavaFileManager files = compiler.getStandardFileManager(diagnostics, null, null)) {
      files.setLocationFromPaths(StandardLocation.CLASS_OUTPUT, List.of(classes));
      List<Path> path = new ArrayList<>(classPath);
      for (String part : System.getProperty("java.class.path").split(":")) {
        path.add(Path.of(part));
      }
      files.setLocationFromPaths(StandardLocation.CLASS_PATH, path);
      boolean done =
          compiler
              .getTask(
                  null,
                  files,
                  diagnostics,
                  List.of("-proc:none", "-nowarn"),
                  null,
                  sources.entrySet().stream()
                      .map(source -> new Source(source.getKey(), source.getValue()))
                      .toList())
              .call();
      if (!done) {
        throw new IllegalStateException(diagnostics.getDiagnostics().toString());
      }
    }
  }

  private static final class Source extends SimpleJavaFileObject {
    private final String text;

    Source(String className, String text) {
      super(URI.create("string:///" + className.replace('.', '/') + ".java"), Kind.SOURCE);
      this.text = text;
    }

    @Override
    public CharSequence getCharContent(boolean ignoreEncodingErrors) {
      return text;
    }
  }
}
