// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.coordinator.zk;

import dev.holdfast.spi.EntryKey;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.Op;
import org.apache.zookeeper.ZooDefs.Ids;
import org.apache.zookeeper.data.ACL;
import org.jspecify.annotations.Nullable;

/**
 * Where things are below the root:
 *
 * <pre>
 *   live/entry/KIND/BUCKET/KEY    entries that every node follows
 *   live/beat/NODE/SLOT           written last in each commit of a node
 *   live/lease/SESSION            ephemeral: the node's session lives
 *   live/base                     what revisions add to zxids; checked by each commit
 *   cold/entry/KIND/BUCKET/KEY    entries that nobody follows: heads of objects
 * </pre>
 *
 * <p>One persistent-recursive watch on {@code live} therefore tells of every commit, whatever it
 * changed. A key is written as percent-encoded UTF-8, so its name is reversible, holds no slash and
 * no character that ZooKeeper refuses, and stays readable.
 *
 * @param acl of each znode at the root and below
 * @param ancestorAcl of the folders above the root
 */
record ZkPaths(String root, List<ACL> acl, List<ACL> ancestorAcl) {
  private static final String PLAIN =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_:@+=,~";
  private static final HexFormat HEX = HexFormat.of().withUpperCase();
  private static final int BUCKETS = 1 << 16;

  ZkPaths {
    acl = List.copyOf(acl);
    ancestorAcl = List.copyOf(ancestorAcl);
  }

  /** Of znodes that are open to everybody. */
  ZkPaths(String root) {
    this(root, Ids.OPEN_ACL_UNSAFE, Ids.OPEN_ACL_UNSAFE);
  }

  /** Makes a znode of ours, within a {@code multi}. */
  Op create(String path, byte[] data) {
    return Op.create(path, data, acl, CreateMode.PERSISTENT);
  }

  String live() {
    return root + "/live";
  }

  String beats() {
    return root + "/live/beat";
  }

  String beats(String node) {
    return beats() + "/" + node;
  }

  String beat(String node, int slot) {
    return beats(node) + "/" + slot;
  }

  /** How revisions are made of zxids, see {@link Revisions}. */
  String base() {
    return root + "/live/base";
  }

  String leases() {
    return root + "/live/lease";
  }

  String lease(long session) {
    return leases() + "/" + HEX.toHexDigits(session);
  }

  static long session(String name) {
    return HexFormat.fromHexDigitsToLong(name);
  }

  String kinds(boolean cold) {
    return root + (cold ? "/cold/entry" : "/live/entry");
  }

  /** Heads of objects are many, and only looked at by who needs one. */
  static boolean isCold(String kind) {
    return kind.equals("object");
  }

  String kind(String kind) {
    return kinds(isCold(kind)) + "/" + (kind.isEmpty() ? "%" : escape(kind));
  }

  String bucket(EntryKey key) {
    return kind(key.kind()) + "/" + bucketName(key);
  }

  String entry(EntryKey key) {
    return bucket(key) + "/" + escape(key.value());
  }

  static String bucketName(EntryKey key) {
    return HEX.toHexDigits((short) (hash(key) & (BUCKETS - 1)));
  }

  /** FNV-1a with a final mix: names a deleted key in the marks of its bucket. */
  static long hash(EntryKey key) {
    long hash = 0xcbf29ce484222325L;
    for (byte each : key.utf8()) {
      hash = (hash ^ (each & 0xff)) * 0x100000001b3L;
    }
    hash ^= hash >>> 32;
    hash *= 0x9e3779b97f4a7c15L;
    return hash ^ (hash >>> 29);
  }

  static String escape(String text) {
    StringBuilder escaped = new StringBuilder(text.length() + 16);
    for (byte each : text.getBytes(StandardCharsets.UTF_8)) {
      boolean plain =
          PLAIN.indexOf(each) >= 0 || (each == '.' && !escaped.isEmpty() && text.length() > 2);
      if (plain) {
        escaped.append((char) each);
      } else {
        escaped.append('%').append(HEX.toHexDigits(each));
      }
    }
    return escaped.toString();
  }

  static String unescape(String name) {
    byte[] bytes = new byte[name.length()];
    int length = 0;
    for (int i = 0; i < name.length(); i++) {
      char c = name.charAt(i);
      if (c == '%') {
        bytes[length++] = (byte) HexFormat.fromHexDigits(name, i + 1, i + 3);
        i += 2;
      } else {
        bytes[length++] = (byte) c;
      }
    }
    return new String(bytes, 0, length, StandardCharsets.UTF_8);
  }

  /** What a path below {@code live} names; null when it is a folder of ours. */
  @Nullable Place place(String path) {
    if (!path.startsWith(live() + "/")) {
      return null;
    }
    String[] parts = path.substring(live().length() + 1).split("/");
    return switch (parts[0]) {
      case "entry" ->
          switch (parts.length) {
            case 3 -> new Place.OfBucket(path);
            case 4 -> new Place.OfEntry(new EntryKey(unescape(parts[3])));
            default -> null;
          };
      case "beat" -> parts.length == 3 ? new Place.OfBeat() : null;
      case "lease" -> parts.length == 2 ? new Place.OfLease(session(parts[1])) : null;
      default -> null;
    };
  }

  sealed interface Place {
    record OfBucket(String path) implements Place {}

    record OfEntry(EntryKey key) implements Place {}

    record OfBeat() implements Place {}

    record OfLease(long session) implements Place {}
  }
}
