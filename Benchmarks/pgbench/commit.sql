-- The least that can be made durable.
INSERT INTO public.commits (at) VALUES (now());
