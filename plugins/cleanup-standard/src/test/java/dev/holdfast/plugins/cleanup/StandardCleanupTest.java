// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.plugins.cleanup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.holdfast.spi.cleanup.CleanupPolicy;
import dev.holdfast.spi.placement.ClusterMap;
import dev.holdfast.spi.plugin.PluginContext;
import dev.holdfast.testkit.contract.CleanupPolicyContract;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

final class StandardCleanupTest implements CleanupPolicyContract {
  private static final Instant NOW = Instant.parse("2026-06-01T00:00:00Z");

  @Override
  public CleanupPolicy policy() {
    return new StandardCleanup(new Rules(3, Duration.ofDays(90), "legal-hold", 1_000_000, true));
  }

  @Override
  public List<CleanupPolicy.History> withSomethingToGo() {
    return List.of(history(8, 100), history(50, 200));
  }

  @Test
  void keepsTheNewestWhateverTheirAgeTheOldestFirst() {
    assertThat(going(new Rules(3, Duration.ZERO, "", 0, true), history(6, 1)))
        .containsExactly("v5", "v4", "v3");
    assertThat(going(new Rules(1, Duration.ZERO, "", 0, true), history(3, 1)))
        .containsExactly("v2", "v1");
    assertThat(going(new Rules(99, Duration.ZERO, "", 0, true), history(6, 1_000))).isEmpty();
  }

  /** Since it was replaced: until then it was what everybody read. */
  @Test
  void keepsWhatWasReplacedNotLongAgo() {
    // v0 is the head; v1 was replaced when v0 was written, at NOW, and so on, 10 days apart.
    assertThat(going(new Rules(1, Duration.ofDays(20), "", 0, true), history(5, 10)))
        .containsExactly("v4", "v3");
    CleanupPolicy.Version ahead =
        new CleanupPolicy.Version(
            "ahead",
            CleanupPolicy.Role.OLD,
            NOW,
            Optional.of(NOW.plus(Duration.ofDays(9))),
            1,
            "",
            new TreeMap<>());
    assertThat(
            going(
                new Rules(1, Duration.ofDays(1), "", 0, true),
                new CleanupPolicy.History("k", NOW, List.of(head(Map.of()), ahead))))
        .as("of a clock that is ahead")
        .isEmpty();
  }

  @Test
  void keepsWhatIsHeld() {
    Rules rules = new Rules(1, Duration.ZERO, "legal-hold", 5, true);
    CleanupPolicy.Version held = old("held", 100, Map.of("legal-hold", ""));
    CleanupPolicy.Version free = old("free", 100, Map.of());
    assertThat(
            going(rules, new CleanupPolicy.History("k", NOW, List.of(head(Map.of()), held, free))))
        .containsExactly("free");
    assertThat(
            going(
                rules,
                new CleanupPolicy.History(
                    "k", NOW, List.of(head(Map.of("legal-hold", "case 7")), held, free))))
        .as("the head is held, so all are")
        .isEmpty();
  }

  @Test
  void aLimitOfBytesCountsMoreThanYouth() {
    CleanupPolicy.History history =
        new CleanupPolicy.History(
            "k",
            NOW,
            List.of(
                head(Map.of()),
                old("a", 600, Map.of()),
                old("b", 600, Map.of()),
                old("c", 300, Map.of())));

    assertThat(going(new Rules(1, Duration.ofDays(9_000), "", 1_000, true), history))
        .containsExactly("c", "b");
    assertThat(going(new Rules(3, Duration.ofDays(9_000), "", 1_000, true), history))
        .as("the newest three stay and fill the limit")
        .containsExactly("c");
  }

  @Test
  void letsTheLargestCopiesGoFirst() {
    CleanupPolicy.Surplus surplus =
        new CleanupPolicy.Surplus(
            NOW,
            new ClusterMap.Node("n1", Map.of(), 1, ClusterMap.State.ACTIVE),
            1,
            List.of(
                new CleanupPolicy.Copy("small", 1, 10, true),
                new CleanupPolicy.Copy("large", 1, 99, false),
                new CleanupPolicy.Copy("also", 1, 10, false)));

    assertThat(
            new StandardCleanup(new Rules(1, Duration.ZERO, "", 0, true))
                .surplusCopies(surplus)
                .going())
        .extracting(CleanupPolicy.Going::id)
        .containsExactly("large", "also", "small");
    assertThat(
            new StandardCleanup(new Rules(1, Duration.ZERO, "", 0, false))
                .surplusCopies(surplus)
                .going())
        .isEmpty();
  }

  @Test
  void readsItsConfigAndRefusesWhatMakesNoSense() {
    assertThat(Rules.of(config("90d")))
        .isEqualTo(new Rules(10, Duration.ofDays(90), "legal-hold", 0, true));
    assertThat(Rules.of(config("36h")).younger()).isEqualTo(Duration.ofHours(36));
    assertThat(Rules.of(config("0s")).younger()).isEqualTo(Duration.ZERO);
    assertThatThrownBy(() -> Rules.of(config("90")))
        .hasMessageContaining("younger is '90'; write a number and s, m, h or d");
    assertThatThrownBy(() -> new Rules(0, Duration.ZERO, "", 0, true))
        .hasMessageContaining("at least 1");

    StandardCleanupPlugin plugin = new StandardCleanupPlugin();
    plugin.start(new Context(config("90d")));
    assertThat(plugin.cleanupPolicies()).containsOnlyKeys("default");
  }

  private static Map<String, Object> config(String younger) {
    return Map.of(
        "newest", 10L, "younger", younger, "hold", "legal-hold", "largest", 0L, "copies", true);
  }

  private record Context(Map<String, Object> config) implements PluginContext {
    @Override
    public String nodeId() {
      return "n1";
    }

    @Override
    public void log(Level level, String message) {}

    @Override
    public void count(String metric, long amount) {}
  }

  private static List<String> going(Rules rules, CleanupPolicy.History history) {
    return new StandardCleanup(rules)
        .oldVersions(history).going().stream().map(CleanupPolicy.Going::id).toList();
  }

  /** A line of versions, so many days apart, the head written now. */
  private static CleanupPolicy.History history(int count, int daysApart) {
    List<CleanupPolicy.Version> versions = new ArrayList<>();
    versions.add(head(Map.of()));
    for (int i = 1; i < count; i++) {
      versions.add(
          new CleanupPolicy.Version(
              "v" + i,
              CleanupPolicy.Role.OLD,
              NOW.minus(Duration.ofDays((long) i * daysApart)),
              Optional.of(NOW.minus(Duration.ofDays((long) (i - 1) * daysApart))),
              100,
              "",
              new TreeMap<>()));
    }
    return new CleanupPolicy.History("k", NOW, versions);
  }

  private static CleanupPolicy.Version head(Map<String, String> metadata) {
    return new CleanupPolicy.Version(
        "v0", CleanupPolicy.Role.HEAD, NOW, Optional.empty(), 100, "", new TreeMap<>(metadata));
  }

  private static CleanupPolicy.Version old(String id, long size, Map<String, String> metadata) {
    return new CleanupPolicy.Version(
        id,
        CleanupPolicy.Role.OLD,
        NOW.minus(Duration.ofDays(10)),
        Optional.of(NOW.minus(Duration.ofDays(9))),
        size,
        "",
        new TreeMap<>(metadata));
  }
}
