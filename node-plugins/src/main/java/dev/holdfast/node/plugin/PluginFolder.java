// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.plugin;

import dev.holdfast.spi.SpiVersion;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Enumeration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/**
 * A plugin's folder after all checks that need no class of it: the descriptor, the SPI and Java
 * versions, and what stands in its jars.
 *
 * @param jars sorted by name, so that the class path is the same on every node
 */
record PluginFolder(Path folder, PluginDescriptor descriptor, List<Path> jars) {
  static final String LIB = "lib";

  /** Jars of one plugin. */
  static final int MAX_JARS = 256;

  private static final int CLASS_FILE = 0xCAFEBABE;

  /** Java 17 writes version 61, and so on. */
  private static final int CLASS_FILE_OF_JAVA_0 = 44;

  private static final String SPI_PACKAGE = "dev/holdfast/spi/";

  /**
   * @param name of the folder, which must be the plugin's id; empty while it is staged
   * @throws PluginRefusedException with every problem
   */
  static PluginFolder check(Path folder, Optional<String> name) throws PluginRefusedException {
    PluginDescriptor descriptor = DescriptorReader.read(yaml(folder));
    List<PluginProblem> problems = new ArrayList<>();
    if (name.isPresent() && !name.get().equals(descriptor.id())) {
      problem(
          problems,
          "The id is '%s' and the folder '%s'; both must be the same."
              .formatted(descriptor.id(), name.get()));
    }
    if (!descriptor.spi().admits(SemanticVersion.parse(SpiVersion.CURRENT))) {
      problem(
          problems,
          "It runs on SPI %s, and this node has SPI %s: install a version of the plugin for this SPI."
              .formatted(descriptor.spi(), SpiVersion.CURRENT));
    }
    if (Runtime.version().feature() < descriptor.java()) {
      problem(
          problems,
          "It needs Java %d, and this node runs on %d."
              .formatted(descriptor.java(), Runtime.version().feature()));
    }
    List<Path> jars = jars(folder, problems);
    String entryFile = descriptor.entry().replace('.', '/') + ".class";
    boolean entryFound = false;
    for (Path jar : jars) {
      entryFound |= checkJar(jar, entryFile, problems);
    }
    if (!entryFound && problems.isEmpty()) {
      problem(problems, "The entry class %s is in no jar of lib/.".formatted(descriptor.entry()));
    }
    if (!problems.isEmpty()) {
      throw new PluginRefusedException(problems);
    }
    return new PluginFolder(folder, descriptor, jars);
  }

  /** The descriptor of a folder that is refused for other reasons, when it can be read. */
  static Optional<PluginDescriptor> describe(Path folder) {
    try {
      return Optional.of(DescriptorReader.read(yaml(folder)));
    } catch (PluginRefusedException unreadable) {
      return Optional.empty(); // The refusal says why; this is only for what else it says.
    }
  }

  private static String yaml(Path folder) throws PluginRefusedException {
    Path file = folder.resolve(PluginDescriptor.FILE);
    try {
      if (!Files.isRegularFile(file)) {
        throw new PluginRefusedException(
            PluginDescriptor.FILE,
            "The file is missing; a plugin is a folder with plugin.yaml and lib/*.jar.");
      }
      // UTF-8 has at most 4 bytes a character.
      if (Files.size(file) > 4L * DescriptorReader.MAX_CHARACTERS) {
        throw new PluginRefusedException(PluginDescriptor.FILE, "The file is too large.");
      }
      return Files.readString(file);
    } catch (CharacterCodingException e) {
      throw new PluginRefusedException(PluginDescriptor.FILE, "The file is not UTF-8.");
    } catch (IOException e) {
      throw new PluginRefusedException(PluginDescriptor.FILE, "It cannot be read: " + e);
    }
  }

  private static List<Path> jars(Path folder, List<PluginProblem> problems) {
    Path lib = folder.resolve(LIB);
    if (!Files.isDirectory(lib)) {
      problems.add(PluginProblem.of(LIB, "The folder is missing; put the plugin's jars there."));
      return List.of();
    }
    try (Stream<Path> files = Files.list(lib)) {
      List<Path> jars =
          files
              .filter(file -> file.toString().endsWith(".jar"))
              .sorted()
              .limit(MAX_JARS + 1L)
              .toList();
      if (jars.size() > MAX_JARS) {
        problems.add(PluginProblem.of(LIB, "More than %d jars.".formatted(MAX_JARS)));
      }
      return jars;
    } catch (IOException e) {
      problems.add(PluginProblem.of(LIB, "It cannot be read: " + e));
      return List.of();
    }
  }

  /** True when the jar has the entry class. */
  private static boolean checkJar(Path jar, String entryFile, List<PluginProblem> problems) {
    String name = LIB + "/" + jar.getFileName();
    try (ZipFile zip = new ZipFile(jar.toFile())) {
      for (Enumeration<? extends ZipEntry> entries = zip.entries(); entries.hasMoreElements(); ) {
        String path = entries.nextElement().getName();
        // Anywhere in the path, so that versioned copies below META-INF/versions/ are found as
        // well.
        if (path.contains(SPI_PACKAGE) && path.endsWith(".class")) {
          problems.add(
              PluginProblem.of(
                  name,
                  "It contains SPI classes (%s); give holdfast-spi the scope 'provided'."
                      .formatted(path)));
          break;
        }
      }
      ZipEntry entry = zip.getEntry(entryFile);
      if (entry != null) {
        checkClassFile(zip, entry, name, problems);
      }
      return entry != null;
    } catch (IOException e) {
      problems.add(PluginProblem.of(name, "It is not a readable jar: " + e.getMessage()));
      return false;
    }
  }

  /** The entry class says for which Java all of the plugin was compiled, as a rule. */
  private static void checkClassFile(
      ZipFile zip, ZipEntry entry, String jar, List<PluginProblem> problems) throws IOException {
    try (DataInputStream in = new DataInputStream(zip.getInputStream(entry))) {
      int magic = in.readInt();
      in.readUnsignedShort(); // The minor version, 0 for all that was released.
      int java = in.readUnsignedShort() - CLASS_FILE_OF_JAVA_0;
      if (magic != CLASS_FILE) {
        problems.add(PluginProblem.of(jar, entry.getName() + " is no class file."));
      } else if (java > Runtime.version().feature()) {
        problems.add(
            PluginProblem.of(
                jar,
                "It was compiled for Java %d, and this node runs on %d: compile it with --release %d or lower."
                    .formatted(java, Runtime.version().feature(), Runtime.version().feature())));
      }
    } catch (EOFException e) {
      problems.add(PluginProblem.of(jar, entry.getName() + " is no class file."));
    }
  }

  private static void problem(List<PluginProblem> problems, String message) {
    problems.add(PluginProblem.of(PluginDescriptor.FILE, message));
  }
}
