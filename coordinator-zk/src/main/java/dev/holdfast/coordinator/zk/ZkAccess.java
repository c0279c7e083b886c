// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.coordinator.zk;

import dev.holdfast.spi.coordinator.support.OptionReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.zookeeper.ZooDefs.Ids;
import org.apache.zookeeper.ZooDefs.Perms;
import org.apache.zookeeper.client.ZKClientConfig;
import org.apache.zookeeper.data.ACL;
import org.apache.zookeeper.data.Id;

/**
 * Who this node is to the servers, and who may see what it makes there.
 *
 * <p>All nodes of a cluster need one identity: ZooKeeper gives a znode to whoever made it, and each
 * node changes what the others made.
 *
 * @param auth ({@code none}) {@code none}, {@code digest}, or {@code sasl}
 * @param digest for {@code digest}: {@code user:password}, read from {@code authFile}; else empty
 * @param saslContext ({@code Client}) for {@code sasl}: the section of the JAAS file
 * @param isProtected ({@code aclOwner}: {@code creator} with an identity, else {@code anyone})
 *     whether the znodes are the identity's alone
 * @param others ({@code acl}) who else may do what, for operators: {@code scheme:id:permissions},
 *     with commas between several
 */
record ZkAccess(
    Auth auth, String digest, String saslContext, boolean isProtected, List<ACL> others) {
  private static final Pattern AUTH = Pattern.compile("none|digest|sasl");
  private static final Pattern OWNER = Pattern.compile("creator|anyone|");
  private static final Pattern TEXT = Pattern.compile(".*");
  private static final Pattern CONTEXT = Pattern.compile("[A-Za-z0-9_.-]+");

  /** The id may hold colons: a digest does, and so does a Kerberos principal's host. */
  private static final Pattern ENTRY = Pattern.compile("([a-z0-9]+):(.+):([cdrwa]+)");

  enum Auth {
    NONE,
    DIGEST,
    SASL
  }

  ZkAccess {
    others = List.copyOf(others);
  }

  /** Never with the password. */
  @Override
  public String toString() {
    return "ZkAccess[auth=" + auth + ", isProtected=" + isProtected + ", others=" + others + "]";
  }

  static ZkAccess parse(OptionReader reader) {
    Auth auth =
        switch (reader.text("auth", "none", AUTH, "none, digest or sasl")) {
          case "digest" -> Auth.DIGEST;
          case "sasl" -> Auth.SASL;
          default -> Auth.NONE;
        };
    String file = reader.text("authFile", "", TEXT, "a file");
    reader.check(
        (auth == Auth.DIGEST) != file.isEmpty(),
        auth == Auth.DIGEST
            ? "authFile is needed with auth: digest: a file that holds user:password"
            : "authFile goes with auth: digest only");
    String owner =
        reader.text("aclOwner", "", OWNER, "creator (this identity) or anyone (no protection)");
    String saslContext = reader.text("saslContext", "Client", CONTEXT, "the name of a section");
    String others = reader.text("acl", "", TEXT, "entries");
    boolean isProtected = owner.isEmpty() ? auth != Auth.NONE : owner.equals("creator");
    reader.check(
        isProtected || others.isEmpty(),
        "acl is for znodes that are protected; set auth, or aclOwner: creator");
    return new ZkAccess(
        auth,
        auth == Auth.DIGEST && !file.isEmpty() ? digest(file, reader) : "",
        saslContext,
        isProtected,
        others(others, reader));
  }

  private static String digest(String file, OptionReader reader) {
    try {
      String text = Files.readString(Path.of(file)).strip();
      reader.check(
          text.matches("[^:\\s]+:\\S.*"), "authFile " + file + " does not hold user:password");
      return text;
    } catch (IOException | InvalidPathException e) {
      reader.check(false, "authFile " + file + " cannot be read: " + e);
      return "";
    }
  }

  private static List<ACL> others(String text, OptionReader reader) {
    List<ACL> entries = new ArrayList<>();
    for (String entry : text.isEmpty() ? new String[0] : text.split(",")) {
      Matcher matcher = ENTRY.matcher(entry.strip());
      if (matcher.matches()) {
        Id id = new Id(matcher.group(1), matcher.group(2));
        entries.add(new ACL(permissions(matcher.group(3)), id));
      } else {
        reader.check(
            false, "acl has \"" + entry + "\", not scheme:id:permissions such as sasl:ops:r");
      }
    }
    return entries;
  }

  private static int permissions(String letters) {
    int all = 0;
    for (int i = 0; i < letters.length(); i++) {
      all |=
          switch (letters.charAt(i)) {
            case 'c' -> Perms.CREATE;
            case 'd' -> Perms.DELETE;
            case 'r' -> Perms.READ;
            case 'w' -> Perms.WRITE;
            default -> Perms.ADMIN;
          };
    }
    return all;
  }

  /** Of what this cluster keeps. */
  List<ACL> acl() {
    if (!isProtected) {
      return Ids.OPEN_ACL_UNSAFE;
    }
    List<ACL> all = new ArrayList<>(Ids.CREATOR_ALL_ACL);
    all.addAll(others);
    return all;
  }

  /**
   * Of the folders above the root, if they have to be made: other clusters may make their own
   * beside ours, and nobody else deletes any.
   */
  List<ACL> ancestorAcl() {
    if (!isProtected) {
      return Ids.OPEN_ACL_UNSAFE;
    }
    List<ACL> all = new ArrayList<>(acl());
    all.add(new ACL(Perms.READ | Perms.CREATE, Ids.ANYONE_ID_UNSAFE));
    return all;
  }

  /** The bytes that the client sends first on each connection; empty when there are none. */
  byte[] digestBytes() {
    return digest.getBytes(StandardCharsets.UTF_8);
  }

  void configure(ZKClientConfig config) {
    config.setProperty(ZKClientConfig.ENABLE_CLIENT_SASL_KEY, "" + (auth == Auth.SASL));
    config.setProperty(ZKClientConfig.LOGIN_CONTEXT_NAME_KEY, saslContext);
  }

  /** The remedy for an answer that refuses this node. */
  String remedy() {
    return switch (auth) {
      case NONE ->
          isProtected
              ? "aclOwner: creator needs an identity, here the certificate in zookeeper.keyStore"
              : "Set zookeeper.auth to the identity that owns it";
      case DIGEST -> "Does zookeeper.authFile hold the user and password that own it?";
      case SASL -> "Does section " + saslContext + " of the JAAS file log in as their owner?";
    };
  }
}
