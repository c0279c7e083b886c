// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.testkit.cluster;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.JarURLConnection;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.stream.Stream;

/**
 * The artifact {@code holdfast-distribution} on the class path: a distribution in a jar. It is
 * unpacked once for each content, into a folder that all projects of this user share.
 */
final class DistributionJar {
  /** Where the distribution lies in the jar. */
  static final String ROOT = "holdfast/";

  static final String CACHE_PROPERTY = "holdfast.cache";

  private static final Duration KEPT = Duration.ofDays(30);
  private static final String LAUNCHER = ROOT + "bin/holdfast";

  private DistributionJar() {}

  /** The unpacked distribution; empty when the artifact is not on the class path. */
  static Optional<Path> home() {
    URL launcher = DistributionJar.class.getClassLoader().getResource(LAUNCHER);
    if (launcher == null || !launcher.getProtocol().equals("jar")) {
      return Optional.empty();
    }
    try {
      JarURLConnection connection = (JarURLConnection) launcher.openConnection();
      connection.setUseCaches(false); // The jar is closed here, for nobody else.
      try (JarFile jar = connection.getJarFile()) {
        return Optional.of(unpack(jar, cache(System.getenv())));
      }
    } catch (IOException e) {
      throw new UncheckedIOException("The distribution in " + launcher + " was not unpacked", e);
    }
  }

  /** The system property {@code holdfast.cache}, else the user's folder of caches. */
  static Path cache(Map<String, String> environment) {
    String named = System.getProperty(CACHE_PROPERTY);
    if (named != null) {
      return Path.of(named).toAbsolutePath();
    }
    String caches = environment.getOrDefault("XDG_CACHE_HOME", "");
    return caches.startsWith("/")
        ? Path.of(caches, "holdfast")
        : Path.of(System.getProperty("user.home"), ".cache", "holdfast").toAbsolutePath();
  }

  /** Tests that start at the same moment may do it at once: the first one's folder stays. */
  static Path unpack(JarFile jar, Path cache) throws IOException {
    List<JarEntry> files =
        jar.stream()
            .filter(entry -> entry.getName().startsWith(ROOT) && !entry.isDirectory())
            .toList();
    Path home = cache.resolve("distribution-" + fingerprint(files));
    if (Files.isDirectory(home)) {
      Files.setLastModifiedTime(home, FileTime.from(Instant.now()));
      return home;
    }
    Files.createDirectories(cache);
    sweep(cache, Instant.now().minus(KEPT));
    Path fresh = Files.createTempDirectory(cache, "unpacking-");
    try {
      for (JarEntry file : files) {
        copy(jar, file, fresh);
      }
      Files.move(fresh, home, StandardCopyOption.ATOMIC_MOVE);
    } catch (FileSystemException e) {
      if (!Files.isDirectory(home)) {
        throw e;
      }
    } finally {
      remove(fresh);
    }
    return home;
  }

  private static void copy(JarFile jar, JarEntry file, Path folder) throws IOException {
    Path target = folder.resolve(file.getName().substring(ROOT.length())).normalize();
    if (!target.startsWith(folder)) {
      throw new IOException("An entry leads out of the folder: " + file.getName());
    }
    Files.createDirectories(target.getParent());
    try (InputStream content = jar.getInputStream(file)) {
      Files.copy(content, target);
    }
    // A jar keeps no modes.
    if (target.startsWith(folder.resolve("bin")) && !target.toFile().setExecutable(true)) {
      throw new IOException("Cannot be made executable: " + target);
    }
  }

  /** Of names and checksums, so that nobody reads 50 MB to learn that nothing has changed. */
  private static String fingerprint(List<JarEntry> files) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      for (JarEntry file : files) {
        String line = file.getName() + ' ' + file.getSize() + ' ' + file.getCrc() + '\n';
        digest.update(line.getBytes(StandardCharsets.UTF_8));
      }
      return HexFormat.of().formatHex(digest.digest(), 0, 8);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  /** What nobody has used for long: each build of a snapshot leaves another one. */
  private static void sweep(Path cache, Instant before) throws IOException {
    try (Stream<Path> all = Files.list(cache)) {
      for (Path folder : all.toList()) {
        if (Files.getLastModifiedTime(folder).toInstant().isBefore(before)) {
          remove(folder);
        }
      }
    }
  }

  private static void remove(Path folder) throws IOException {
    if (!Files.exists(folder)) {
      return;
    }
    try (Stream<Path> all = Files.walk(folder)) {
      for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
  }
}
