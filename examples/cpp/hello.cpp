// Passes an exception between threads and prints UTF-8, which needs libgcc_s and a locale.
#include <future>
#include <iostream>
#include <locale>
#include <stdexcept>
#include <thread>

int main() {
    std::locale::global(std::locale("C.UTF-8"));
    auto answer = std::async(std::launch::async, []() -> int { throw std::runtime_error("thrown in a thread"); });
    try {
        return answer.get();
    } catch (const std::exception &e) {
        std::wcout.imbue(std::locale());
        std::wcout << L"C++ says hello, été and all; " << e.what() << std::endl;
    }
    return 0;
}
