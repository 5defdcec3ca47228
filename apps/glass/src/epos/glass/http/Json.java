package epos.glass.http;

import com.google.gson.ExclusionStrategy;
import com.google.gson.FieldAttributes;
import com.google.gson.FieldNamingPolicy;
import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import epos.glass.model.FullOnly;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;

/** How records become JSON: markerLongName is "marker_long_name", unknown is null. */
final class Json {
    static final Gson FULL = builder().create();
    static final Gson SHORT = builder().setExclusionStrategies(new NotFullOnly()).create();

    private Json() {}

    static void write(HttpServletResponse response, Object value) throws IOException {
        response.setContentType("application/json");
        response.setCharacterEncoding("UTF-8");
        FULL.toJson(value, response.getWriter());
    }

    private static GsonBuilder builder() {
        return new GsonBuilder()
                .setFieldNamingPolicy(FieldNamingPolicy.LOWER_CASE_WITH_UNDERSCORES)
                .disableHtmlEscaping() // the type says JSON, and nosniff that it is meant
                .serializeNulls();
    }

    private static final class NotFullOnly implements ExclusionStrategy {
        @Override
        public boolean shouldSkipField(FieldAttributes field) {
            return field.getAnnotation(FullOnly.class) != null;
        }

        @Override
        public boolean shouldSkipClass(Class<?> type) {
            return false;
        }
    }
}
