// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.objects;

import dev.holdfast.protocol.ObjectBodies;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A prefix in the sense of a folder: {@code photos} means the key {@code photos} and all keys below
 * {@code photos/}, never {@code photos2}.
 */
final class KeyPrefix {
  private KeyPrefix() {}

  /** Without slashes at its end; empty means all keys. */
  static String clean(String prefix) {
    String clean = prefix;
    while (clean.endsWith("/")) {
      clean = clean.substring(0, clean.length() - 1);
    }
    return clean;
  }

  /** The name of a file below a prefix; none for the working folder and those above it. */
  static String nameOf(Path source) {
    Path name = source.getFileName();
    return name == null ? "" : name.toString();
  }

  static boolean covers(String prefix, String key) {
    return prefix.isEmpty() || key.equals(prefix) || key.startsWith(prefix + "/");
  }

  /** The name of a covered key, relative to the prefix; empty for the prefix itself. */
  static String below(String prefix, String key) {
    return key.length() <= prefix.length()
        ? ""
        : key.substring(prefix.isEmpty() ? 0 : prefix.length() + 1);
  }

  static String key(String prefix, String name) {
    if (prefix.isEmpty() || name.isEmpty()) {
      return prefix + name;
    }
    return prefix + "/" + name;
  }

  /** The key itself, if it is there, then all that is below. */
  static ObjectsClient.Listing list(ObjectsClient objects, String prefix) {
    if (prefix.isEmpty()) {
      return objects.list("", "");
    }
    ObjectsClient.Listing below = objects.list(prefix + "/", "");
    List<ObjectBodies.Info> all = new ArrayList<>();
    // With the delimiter, the siblings of the prefix are folded and only few keys come back.
    ObjectsClient.Listing beside = objects.list(prefix, "/");
    beside.objects().stream().filter(info -> info.key().equals(prefix)).forEach(all::add);
    all.addAll(below.objects());
    return new ObjectsClient.Listing(all, List.of(), below.complete() && beside.complete());
  }
}
