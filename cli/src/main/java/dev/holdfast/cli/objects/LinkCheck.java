package dev.holdfast.cli.objects;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * Whether a symbolic link stays inside the folder that it is in, followed as the kernel would:
 * {@code a/..} is not always the folder of {@code a}, since {@code a} may be a link itself. Pure.
 */
final class LinkCheck {
  /** As in Linux; a longer chain cannot be followed at all, so it leads nowhere. */
  private static final int MOST_HOPS = 40;

  private LinkCheck() {}

  /**
   * @param link where the link is, relative to the folder
   * @param target as written in the link
   * @param linkAt the target of the link at a place in the folder, if there is a link
   */
  static boolean staysInside(
      List<String> link, String target, Function<List<String>, Optional<String>> linkAt) {
    if (target.startsWith("/")) {
      return false;
    }
    List<String> at = new ArrayList<>(link.subList(0, link.size() - 1));
    Deque<String> ahead = new ArrayDeque<>(parts(target));
    int hops = 0;
    while (!ahead.isEmpty()) {
      String part = ahead.removeFirst();
      if (part.isEmpty() || part.equals(".")) {
        continue;
      }
      if (part.equals("..")) {
        if (at.isEmpty()) {
          return false;
        }
        at.remove(at.size() - 1);
        continue;
      }
      at.add(part);
      Optional<String> next = linkAt.apply(List.copyOf(at));
      if (next.isPresent()) {
        if (next.get().startsWith("/")) {
          return false;
        }
        if (++hops > MOST_HOPS) {
          return true;
        }
        at.remove(at.size() - 1);
        List<String> detour = parts(next.get());
        for (int i = detour.size() - 1; i >= 0; i--) {
          ahead.addFirst(detour.get(i));
        }
      }
    }
    return true;
  }

  private static List<String> parts(String path) {
    return Arrays.asList(path.split("/"));
  }
}
