// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.testkit.cluster;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;

/**
 * A folder like a distribution, with the real launcher, whose node is {@code dev.holdfast.cli.Main}
 * of these tests.
 */
public final class FakeDistribution {
  private static final String MAIN = "dev/holdfast/cli/Main.class";

  private FakeDistribution() {}

  public static Path in(Path folder) throws IOException {
    Files.createDirectories(folder.resolve("lib"));
    Files.createDirectories(folder.resolve("bin"));
    Files.copy(
        Path.of("..", "holdfast"),
        folder.resolve("bin").resolve("holdfast"),
        StandardCopyOption.COPY_ATTRIBUTES,
        StandardCopyOption.REPLACE_EXISTING);
    Files.createDirectories(folder.resolve("conf"));
    Files.writeString(folder.resolve("conf").resolve("jvm.flags"), "-Dfake.flag=1 -Xshare:auto\n");
    try (InputStream code = FakeDistribution.class.getClassLoader().getResourceAsStream(MAIN);
        JarOutputStream jar =
            new JarOutputStream(
                Files.newOutputStream(folder.resolve("lib").resolve("holdfast-cli.jar")))) {
      if (code == null) {
        throw new IOException(MAIN + " is not on the class path");
      }
      jar.putNextEntry(new JarEntry(MAIN));
      code.transferTo(jar);
    }
    return folder;
  }
}
