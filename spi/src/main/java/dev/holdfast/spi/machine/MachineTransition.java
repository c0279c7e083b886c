// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.spi.machine;

import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A change of an object: from which states, to which, under which rules, and what it does to the
 * data.
 *
 * @param event what callers ask for; several transitions may answer to one
 * @param from the states it leaves; empty when it creates the object
 * @param to the first whose guard holds is taken
 * @param args of the call, besides the fields in {@code accept}, by name
 * @param accept fields of the data whose new values are arguments of the call
 * @param require what must hold
 * @param set new values of fields, by name; an empty one removes the field
 * @param ifExists the answer to a repeated creation
 * @param undo the transition that takes it back
 * @param compensates whether its refusal undoes the steps before it
 */
public record MachineTransition(
    String name,
    String label,
    String event,
    Trigger by,
    Set<String> from,
    List<Target> to,
    Map<String, DataField> args,
    Set<String> accept,
    List<Condition> require,
    Map<String, Optional<Expression<Object>>> set,
    Optional<Existing> ifExists,
    Optional<String> undo,
    boolean compensates) {

  /**
   * @param when empty for the one that is taken otherwise
   */
  public record Target(String state, Optional<Expression<Boolean>> when) {}

  /**
   * @param error the code of the answer
   * @param reply what the caller gets from the stored data
   */
  public record Existing(String error, Optional<Expression<Object>> reply) {}

  public MachineTransition {
    from = Set.copyOf(from);
    to = List.copyOf(to);
    args = Collections.unmodifiableMap(new LinkedHashMap<>(args));
    accept = Set.copyOf(accept);
    require = List.copyOf(require);
    set = Collections.unmodifiableMap(new LinkedHashMap<>(set));
    if (to.isEmpty()) {
      throw new IllegalArgumentException("transition " + name + " leads nowhere");
    }
  }

  public boolean creates() {
    return from.isEmpty();
  }

  /** A transition under construction, for machines in Java. */
  public static Builder builder(String name, String from, String to) {
    return new Builder(name, from, to);
  }

  /** Not thread-safe. */
  public static final class Builder {
    private final String name;
    private final String from;
    private final String to;
    private String label;
    private Trigger by = Trigger.CLIENT;
    private final Map<String, DataField> args = new LinkedHashMap<>();
    private Set<String> accept = Set.of();
    private List<Condition> require = List.of();
    private final Map<String, Optional<Expression<Object>>> set = new HashMap<>();

    private Builder(String name, String from, String to) {
      this.name = name;
      this.label = name;
      this.from = from;
      this.to = to;
    }

    public Builder label(String text) {
      this.label = text;
      return this;
    }

    public Builder by(Trigger trigger) {
      this.by = trigger;
      return this;
    }

    public Builder argument(DataField field) {
      args.put(field.name(), field);
      return this;
    }

    public Builder accept(String... fields) {
      this.accept = Set.of(fields);
      return this;
    }

    public Builder require(Condition... conditions) {
      this.require = List.of(conditions);
      return this;
    }

    public Builder set(String field, Expression<Object> value) {
      set.put(field, Optional.of(value));
      return this;
    }

    public Builder remove(String field) {
      set.put(field, Optional.empty());
      return this;
    }

    public MachineTransition build() {
      return new MachineTransition(
          name,
          label,
          name,
          by,
          from.equals(MachineSchema.NONE) ? Set.of() : Set.of(from),
          List.of(new Target(to, Optional.empty())),
          args,
          accept,
          require,
          set,
          Optional.empty(),
          Optional.empty(),
          false);
    }
  }
}
