// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.protocol;

/**
 * How a holder id tells who holds, and how a group is made of locks. A convention of clients: to
 * the cluster these are names like any other.
 */
public final class HolderNames {
  private static final String GROUPS = "~group/";
  private static final char SEPARATOR = '~';

  private HolderNames() {}

  /**
   * A holder id that names its candidate, and is fresh for each acquisition.
   *
   * @param fresh without a {@code ~}
   */
  public static String holder(String candidate, String fresh) {
    return candidate + SEPARATOR + fresh;
  }

  /** The candidate inside a holder id; the whole id when it names none. */
  public static String candidate(String holder) {
    int end = holder.lastIndexOf(SEPARATOR);
    return end < 0 ? holder : holder.substring(0, end);
  }

  /** What the names of the locks of a group's members begin with. */
  public static String groupPrefix(String group) {
    return GROUPS + group + "/";
  }

  /**
   * The lock whose exclusive holder is this member.
   *
   * @param member without a slash
   */
  public static String memberLock(String group, String member) {
    return groupPrefix(group) + member;
  }

  /** The member that a lock of a group is about. */
  public static String memberOf(String lock) {
    return lock.substring(lock.lastIndexOf('/') + 1);
  }
}
