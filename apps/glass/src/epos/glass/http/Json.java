package epos.glass.http;

import com.google.gson.ExclusionStrategy;
import com.google.gson.FieldAttributes;
import com.google.gson.FieldNamingPolicy;
import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import epos.glass.model.FullOnly;
import epos.glass.model.Untold;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.Writer;
import java.lang.annotation.Annotation;
import java.util.List;

/** How records become JSON: markerLongName is "marker_long_name", unknown is null. */
final class Json {
    static final Gson FULL = builder(List.of(Untold.class)).create();
    static final Gson SHORT = builder(List.of(Untold.class, FullOnly.class)).create();

    private Json() {}

    static void write(HttpServletResponse response, Object value) throws IOException {
        try (Writer writer = Body.begin(response, "application/json")) { // its length is told
            FULL.toJson(value, writer);
        }
    }

    private static GsonBuilder builder(List<Class<? extends Annotation>> leftOut) {
        return new GsonBuilder()
                .setExclusionStrategies(new Without(leftOut))
                .setFieldNamingPolicy(FieldNamingPolicy.LOWER_CASE_WITH_UNDERSCORES)
                .disableHtmlEscaping() // the type says JSON, and nosniff that it is meant
                .serializeNulls();
    }

    /** Leaves out what is marked. */
    private record Without(List<Class<? extends Annotation>> marks) implements ExclusionStrategy {
        @Override
        public boolean shouldSkipField(FieldAttributes field) {
            return marks.stream().anyMatch(mark -> field.getAnnotation(mark) != null);
        }

        @Override
        public boolean shouldSkipClass(Class<?> type) {
            return false;
        }
    }
}
